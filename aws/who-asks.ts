/** Whose credentials a shell has. STS tells everybody who they are: sts:GetCallerIdentity needs no grant. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Runtime } from './runtime.ts';

export function openIdentity(runtime: Runtime): STSClient {
  return new STSClient(runtime.clientConfig);
}

/** The ARN of the IAM principal, such as `arn:aws:sts::111122223333:assumed-role/Ops/ada`. */
export async function readPrincipal(identity: STSClient): Promise<string> {
  const { Arn: principal } = await identity.send(new GetCallerIdentityCommand({}));
  if (principal === undefined) throw new Error('STS names no principal');
  return principal;
}
