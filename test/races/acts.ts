/** One act of an operator, done at once: within the very call, or just after the very move, that is the moment. */
import { ServiceError } from '#local/service-error.ts';
import { STACK, type TestCloud } from '#test/cloud/start-cloud.ts';
import type { Act } from './scenes.ts';

interface Execution {
  executionArn: string;
  status: string;
  cause: string;
}

/** The last first; children of its Maps are their parents' affair. */
export function executions({ cloud }: TestCloud, machine: 'rollout' | 'control'): Execution[] {
  const arn = cloud.machines.get(`${STACK}-${machine}`) ?? '';
  const described = cloud.stepFunctions.executions(arn).toReversed();
  return described.map(({ executionArn, status, cause = '' }) => ({
    executionArn: String(executionArn),
    status: String(status),
    cause: String(cause),
  }));
}

/** Begins it, and waits for nothing. */
export function doIt(test: TestCloud, act: Act): void {
  const running = executions(test, 'rollout').filter(({ status }) => status === 'RUNNING');
  switch (act) {
    case 'a newer push':
      test.push('v3');
      return;
    case 'a bad image':
      spoil(test);
      return;
    case 'Stop':
      for (const { executionArn } of running) send(test, 'StopExecution', { executionArn });
      return;
    case 'Redrive':
      for (const { executionArn } of executions(test, 'rollout')) {
        send(test, 'RedriveExecution', { executionArn });
      }
      return;
    default:
      ask(test, act);
  }
}

/** From now on the newest image is unhealthy wherever it runs. */
function spoil({ cloud, v1 }: TestCloud): void {
  const newest = cloud.ecr.repositories.flatMap(({ images }) => images).at(-1)?.digest;
  if (newest !== undefined && newest !== v1) cloud.fleet.images.set(newest, { unhealthyShare: 1 });
}

/** Of the rollout whose execution began last, by way of the control machine. */
function ask(test: TestCloud, action: string): void {
  const [last] = executions(test, 'rollout');
  const [rollout] = (last?.executionArn.split(':').at(-1) ?? '').split(/-r\d+$/);
  const stateMachineArn = test.cloud.machines.get(`${STACK}-control`);
  const input = JSON.stringify({ rollout, action, by: 'ada' });
  send(test, 'StartExecution', { stateMachineArn, input });
}

/** At once, not by way of a client: the moment is now. What the service refuses, a person reads and leaves. */
function send({ cloud }: TestCloud, action: string, input: Record<string, unknown>): void {
  cloud.clock.spawn(async () => {
    try {
      await cloud.stepFunctions.apply(action, input);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
  });
}
