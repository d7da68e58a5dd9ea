/** A runtime for the modules of aws/ by themselves: every variable set, every client to be mocked. */
import type { Runtime } from '#aws/runtime.ts';

export const NOW_MS = Date.UTC(2026, 0, 5);

export const RUNTIME: Runtime = {
  nowMs: () => NOW_MS,
  clientConfig: {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  },
  env: {
    STACK_NAME: 'Longshore',
    ACCOUNT_ID: '111122223333',
    AWS_REGION: 'eu-west-1',
    REGISTRY_HOST: '111122223333.dkr.ecr.eu-west-1.amazonaws.com',
    POLICIES_TABLE: 'policies',
    ROLLOUTS_TABLE: 'rollouts',
    HOSTS_TABLE: 'hosts',
    IMAGE_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/111122223333/images',
    ROLLOUT_MACHINE_ARN: 'arn:aws:states:eu-west-1:111122223333:stateMachine:Longshore-rollout',
    DOCUMENT_NAME: 'Longshore-host',
    DOCUMENT_VERSION: '1',
    DOCUMENT_HASH: 'a'.repeat(64),
    BUS_NAME: 'Longshore',
    SETTINGS: '{}',
  },
};
