/** What to paste into another terminal. */

import type { Paint } from '#core/view/format.ts';
import { UNHEALTHY } from '../hosts/image-annotation.ts';
import type { Address } from '../keep/keep-up.ts';

export function renderAddress(
  { endpoint, region, repository, rolloutMachine }: Address,
  speed: number,
  paint: Paint,
): string[] {
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    // Version 1 of the AWS CLI knows this one alone.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const push = (tag: string, annotations: Record<string, string>) =>
    `aws ecr put-image --repository-name ${repository} --image-tag ${tag} --image-manifest '${JSON.stringify({ schemaVersion: 2, annotations })}'`;
  return [
    '',
    `${paint('bold', 'The cloud stays up')} at ${endpoint} until Ctrl-C, ${speed} virtual seconds a second.`,
    'In another terminal:',
    '',
    `  export ${settings.join(' ')}`,
    `  ${push('v4', { version: 'v4' })}`,
    `  ${push('v5', { version: 'v5', [UNHEALTHY]: '1' })}`,
    `  aws stepfunctions list-executions --state-machine-arn ${rolloutMachine}`,
    '  npx longshore watch',
    '',
    'v4 is a good image, v5 a bad one ("0.1" is bad on a tenth of the hosts). stop-execution pauses a',
    'rollout and redrive-execution resumes it, as does npx longshore, and more (--help). An image is',
    'pushed again under a version of its own.',
    '',
  ];
}
