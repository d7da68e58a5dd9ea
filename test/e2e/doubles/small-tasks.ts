/** States for small machines: tasks that do as their events say, and a Map of them. */
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { readSurroundings } from '../surroundings.ts';
import { FUNCTION_ARN } from './small-machine.ts';

const LOOK_EVERY_MS = 50;
export const INPUT = '$states.context.Execution.Input';

const sfn = new SFNClient({});

/** A place for what lambdas say, and what they have said there. */
export function openPlace() {
  const folder = mkdtempSync(path.join(readSurroundings().E2E_FOLDER, 'said-'));
  const file = path.join(folder, 'lines');
  const said = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  const line = async (number: number): Promise<string> => {
    while (said().length < number) await delay(LOOK_EVERY_MS);
    return said()[number - 1] ?? '';
  };
  return { folder, file, said, line };
}

export const task = (Arguments: object, further: object = { End: true }) => ({
  Type: 'Task',
  Resource: FUNCTION_ARN,
  Arguments: { file: `{% ${INPUT}.file %}`, ...Arguments },
  TimeoutSeconds: 60,
  ...further,
});

/** It says its token. */
export const tokenTask = (payload: object = {}, further: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: {
    FunctionName: FUNCTION_ARN,
    Payload: {
      file: `{% ${INPUT}.file %}`,
      say: '{% $states.context.Task.Token %}',
      ...payload,
    },
  },
  TimeoutSeconds: 60,
  ...further,
});

export const map = (states: Record<string, object>, further: object) => ({
  Type: 'Map',
  Label: 'items',
  Items: '{% $states.input.items %}',
  ItemSelector: {
    file: '{% $states.input.file %}',
    value: '{% $states.context.Map.Item.Value %}',
    index: '{% $states.context.Map.Item.Index %}',
    parent: '{% $states.context.Execution.Id %}',
  },
  MaxConcurrency: '{% $states.input.atOnce %}',
  ItemProcessor: {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: Object.keys(states)[0],
    States: states,
  },
  ...further,
});

export const succeed = (taskToken: string, output: unknown) =>
  sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
