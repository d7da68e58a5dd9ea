/**
 * cdk-nag's AwsSolutions pack, as a validation plug-in: a finding fails synth. Each acknowledgement names
 * one finding by its exact id, on one construct, with its reason.
 */
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

export function addNagChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}

export function acknowledge(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** Acknowledges the `*` in one resource of a policy that hangs on the construct. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  const flat = flattenReference(Stack.of(construct).resolve(resource));
  acknowledge(construct, `AwsSolutions-IAM5[Resource::${flat}]`, reason);
}

/** The way in which cdk-nag writes a CloudFormation value into a finding's id: `<AWS::Region>`, `<Id.Arn>`. */
export function flattenReference(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    if ('Ref' in value) return `<${flattenReference(value.Ref)}>`;
    if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
      return `<${value['Fn::GetAtt'].map(flattenReference).join('.')}>`;
    }
    if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
      const [separator, parts] = value['Fn::Join'];
      if (Array.isArray(parts)) return parts.map(flattenReference).join(String(separator));
    }
  }
  return JSON.stringify(value);
}
