/**
 * The host's document, under a name that carries the hash of its content: docs/decisions/0003.
 *
 * A rollout freezes name, version and hash when it begins. So a document is never changed and never deleted
 * with the release that replaces it; version 1 of its name is the only one there is.
 */
import { CfnDeletionPolicy, type Stack } from 'aws-cdk-lib';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import { buildHostDocument } from '#hosts/document.ts';
import { readHostScript } from '#hosts/read-script.ts';

export interface CommandDocument {
  name: string;
  version: string;
  hash: string;
}

/** What the names of all of a stack's documents begin with: rules and grants cover the earlier ones too. */
export function documentPrefix(stackName: string): string {
  return `${stackName}-host-`;
}

export function addCommandDocument(
  stack: Stack,
  options: { scriptFolder: string; retain: boolean },
): CommandDocument {
  const { content, hash } = buildHostDocument(readHostScript(options.scriptFolder));
  const short = hash.slice(0, 8);
  const name = documentPrefix(stack.stackName) + short;
  const document = new CfnDocument(stack, `HostDocument${short}`, {
    name,
    documentType: 'Command',
    documentFormat: 'JSON',
    targetType: '/',
    content: {},
  });
  // As a string, which CloudFormation takes and CDK's own check does not: the hash is made of these bytes.
  document.addPropertyOverride('Content', content);
  if (options.retain) {
    document.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
    document.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  }
  return { name, version: '1', hash };
}
