/**
 * The product's own readers over a second wire: what the story reads to show it is not counted among the
 * calls that the product made.
 */
import { openStore, type Store } from '#aws/store.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { Wire } from '../wire.ts';

export function openWatchStore(cloud: LocalCloud): Store {
  const { clock, dynamo, ssm, stepFunctions, ecr, ec2, sns, sqs, events, sts } = cloud;
  const services = { dynamodb: dynamo, ssm, sfn: stepFunctions, ecr, ec2, sns, sqs, events, sts };
  const { requestHandler } = new Wire({ clock, services });
  const name = cloud.functions.names().find((known) => known.endsWith('judge-batch'));
  if (name === undefined) throw new Error('the stack has no function judge-batch');
  const runtime = cloud.runtimeFor(name);
  return openStore({ ...runtime, clientConfig: { ...runtime.clientConfig, requestHandler } });
}
