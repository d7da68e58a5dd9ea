/** Run Command and its documents, on hosts that are really there: emulator/run_command.py and run-command.ts. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CancelCommandCommand,
  type CommandInvocation,
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  ListCommandInvocationsCommand,
  PutParameterCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.ts';
import { EventQueue } from './doubles/event-queue.ts';
import { deleteStack, deployStack, type Resources } from './doubles/small-stack.ts';
import { haltAt } from './halt.ts';

const LOOK_EVERY_MS = 100;
/** Long enough to be seen in between, and short enough to wait for. */
const PING_LAG_MS = 3_000;
const OPEN = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];
const DOCUMENT = 'say';

const text = { type: 'String', interpolationType: 'ENV_VAR' };
const CONTENT = {
  schemaVersion: '2.2',
  parameters: {
    name: text,
    said: { ...text, default: '' },
    seconds: { ...text, default: '0' },
    code: { ...text, default: '0' },
    executionTimeout: { type: 'String', default: '60' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'say',
      inputs: {
        timeoutSeconds: '{{ executionTimeout }}',
        runCommand: [
          '#!/bin/sh',
          'echo "$(id -u) $(readlink /proc/$$/exe) $(hostname)"',
          'printf %s "$SSM_said" >"/root/$SSM_name"',
          'echo $$ >"/root/$SSM_name.pid"',
          'sleep "$SSM_seconds"',
          'echo to stderr >&2',
          'exit "$SSM_code"',
        ],
      },
    },
  ],
};

const account = new Account({ pingLagMs: PING_LAG_MS });
const ssm = new SSMClient({});
let events: EventQueue;
let host = '';
let victim = '';

beforeAll(async () => {
  await account.start();
  events = await EventQueue.open('commands', 'aws.ssm');
  [host = '', victim = ''] = await account.launch(['production', 'production']);
  await haltAt('hosts are up');
});

afterAll(() => account.stop());

/** The output of a program on a host; empty where it fails. */
async function on(id: string, ...argv: string[]): Promise<string> {
  return (await account.hosts.container(id).start(argv).ended).stdout;
}

async function send(
  id: string,
  parameters: Readonly<Record<string, string>>,
  TimeoutSeconds = 60,
): Promise<string> {
  const Parameters = Object.fromEntries(Object.entries(parameters).map(([k, v]) => [k, [v]]));
  const { Command } = await ssm.send(
    new SendCommandCommand({
      DocumentName: DOCUMENT,
      InstanceIds: [id],
      TimeoutSeconds,
      Parameters,
    }),
  );
  return Command?.CommandId ?? '';
}

async function invocation(CommandId: string): Promise<CommandInvocation> {
  const { CommandInvocations = [] } = await ssm.send(
    new ListCommandInvocationsCommand({ CommandId, Details: true }),
  );
  expect(CommandInvocations).toHaveLength(1);
  return CommandInvocations[0]!;
}

async function ended(commandId: string): Promise<CommandInvocation> {
  for (;;) {
    const seen = await invocation(commandId);
    if (!OPEN.includes(seen.Status ?? '')) return seen;
    await delay(LOOK_EVERY_MS);
  }
}

/** The script's process on the host, once it is there. */
async function begun(id: string, name: string): Promise<string> {
  for (;;) {
    const pid = (await on(id, 'cat', `/root/${name}.pid`)).trim();
    if (pid !== '') return pid;
    await delay(LOOK_EVERY_MS);
  }
}

describe('a document', () => {
  const Content = JSON.stringify(CONTENT);
  const describeIt = async (Name: string) =>
    (await ssm.send(new DescribeDocumentCommand({ Name }))).Document;

  it('is created, described and deleted by its name', async () => {
    await ssm.send(new CreateDocumentCommand({ Name: 'brief', Content, DocumentType: 'Command' }));

    expect(await describeIt('brief')).toMatchObject({ Status: 'Active', DocumentType: 'Command' });
    await expect(
      ssm.send(new CreateDocumentCommand({ Name: 'brief', Content })),
    ).rejects.toMatchObject({ name: 'DocumentAlreadyExists' });
    await ssm.send(new DeleteDocumentCommand({ Name: 'brief' }));
    await expect(describeIt('brief')).rejects.toMatchObject({ name: 'InvalidDocument' });
  });

  it('comes and goes with its stack, and never changes', async () => {
    const resources = (content: unknown, VisibilityTimeout: number): Resources => ({
      Say: {
        Type: 'AWS::SSM::Document',
        Properties: { Name: 'of-stack', Content: content, DocumentType: 'Command' },
      },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout } },
    });

    expect(await deployStack('CreateStack', 'small', resources(CONTENT, 30))).toBe(
      'CREATE_COMPLETE',
    );
    const first = await describeIt('of-stack');
    expect(await deployStack('UpdateStack', 'small', resources(CONTENT, 60))).toBe(
      'UPDATE_COMPLETE',
    );
    expect(await describeIt('of-stack')).toEqual(first);

    const changed = { ...CONTENT, description: 'another' };
    expect(await deployStack('UpdateStack', 'small', resources(changed, 60))).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
    expect(await describeIt('of-stack')).toEqual(first);

    expect(await deleteStack('small')).toBe('DELETE_COMPLETE');
    await expect(describeIt('of-stack')).rejects.toMatchObject({ name: 'InvalidDocument' });
  });

  it('that is unknown runs nowhere', async () => {
    await expect(send(host, { name: 'never' })).rejects.toMatchObject({ name: 'InvalidDocument' });
  });
});

it('Parameter Store is MiniStack’s', async () => {
  const Name = '/small/version';
  await ssm.send(new PutParameterCommand({ Name, Value: '21', Type: 'String' }));

  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));

  expect(Parameter).toMatchObject({ Name, Value: '21' });
});

describe('a command', () => {
  let doomed = '';

  beforeAll(async () => {
    const Content = JSON.stringify(CONTENT);
    await ssm.send(new CreateDocumentCommand({ Name: DOCUMENT, Content, DocumentType: 'Command' }));
  });

  it('runs on its host alone, as root, by /bin/sh', async () => {
    const seen = await ended(await send(host, { name: 'first', said: 'hello', code: '3' }));

    expect(seen).toMatchObject({
      InstanceId: host,
      Status: 'Failed',
      StatusDetails: 'Failed',
      CommandPlugins: [{ Name: 'say', ResponseCode: 3 }],
    });
    const { Output = '' } = seen.CommandPlugins?.[0] ?? {};
    const name = (await on(host, 'hostname')).trim();
    expect(Output.split('\n')).toEqual([
      expect.stringMatching(`^0 /usr/bin/dash ${name}$`),
      '',
      '----------ERROR-------',
      'to stderr',
      '',
    ]);
    expect(await on(host, 'cat', '/root/first')).toBe('hello');
    expect(await on(victim, 'ls', '/root')).toBe('');
  });

  it('is in progress on a host that was killed, as nobody reports', async () => {
    doomed = await send(victim, { name: 'doomed', seconds: '1000', executionTimeout: '5' }, 30);
    await begun(victim, 'doomed');

    await account.killHost(victim);

    for (;;) {
      const { InstanceInformationList = [] } = await ssm.send(
        new DescribeInstanceInformationCommand({
          Filters: [{ Key: 'InstanceIds', Values: [victim] }],
        }),
      );
      if (InstanceInformationList[0]?.PingStatus === 'ConnectionLost') break;
      await delay(LOOK_EVERY_MS);
    }
    expect((await invocation(doomed)).Status).toBe('InProgress');
    const late = await ended(await send(victim, { name: 'late' }));
    expect(late).toMatchObject({ Status: 'Failed', StatusDetails: 'Undeliverable' });
  });

  it('tells the bus of itself and of its host', async () => {
    const commandId = await send(host, { name: 'told' });
    await ended(commandId);
    const isOf = ({ detail }: { detail: Readonly<Record<string, unknown>> }) =>
      detail['command-id'] === commandId && detail['status'] === 'Success';

    const resources = [`arn:aws:ec2:eu-west-1:000000000000:instance/${host}`];
    expect(
      await events.expect((event) => isOf(event) && event.detail['instance-id'] === host),
    ).toMatchObject({
      source: 'aws.ssm',
      'detail-type': 'EC2 Command Invocation Status-change Notification',
      resources,
      detail: { 'document-name': DOCUMENT },
    });
    expect(
      await events.expect((event) => isOf(event) && event.detail['instance-id'] === undefined),
    ).toMatchObject({
      source: 'aws.ssm',
      'detail-type': 'EC2 Command Status-change Notification',
      resources,
      detail: { 'document-name': DOCUMENT, parameters: { name: ['told'] } },
    });
  });

  it('gets its parameters as they are, and never as text of the shell', async () => {
    const said = `it's "quoted"\n$(touch /root/owned) \`touch /root/owned\` ; touch /root/owned #`;

    const { Status } = await ended(await send(host, { name: 'quoted', said }));

    expect(Status).toBe('Success');
    expect(await on(host, 'cat', '/root/quoted')).toBe(said);
    expect(await on(host, 'ls', '/root')).not.toContain('owned');
  });

  it('is lost where it is delivered to a host that has just died', async () => {
    const reports: unknown[] = [];
    const command = { commandId: 'x', lines: ['true'], parameters: {}, executionTimeoutMs: 5_000 };

    account.hosts
      .find(victim)
      ?.start(command, (report) => reports.push(report))
      .kill();

    expect(reports).toEqual([]);
  });

  it('is killed on its host after its time', async () => {
    const commandId = await send(host, { name: 'slow', seconds: '1000', executionTimeout: '5' });
    const pid = await begun(host, 'slow');

    const seen = await ended(commandId);

    expect(seen).toMatchObject({ Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut' });
    expect(await on(host, 'ls', '-d', `/proc/${pid}`)).toBe('');
  });

  it('is killed on its host when it is cancelled', async () => {
    const commandId = await send(host, { name: 'unwanted', seconds: '1000' });
    const pid = await begun(host, 'unwanted');
    expect(await on(host, 'ls', '-d', `/proc/${pid}`)).toBe(`/proc/${pid}\n`);

    await ssm.send(new CancelCommandCommand({ CommandId: commandId }));

    expect(await ended(commandId)).toMatchObject({ Status: 'Cancelled' });
    expect(await on(host, 'ls', '-d', `/proc/${pid}`)).toBe('');
  });

  it('ends by its timeouts where nobody reports', async () => {
    const seen = await ended(doomed);

    expect(seen).toMatchObject({ Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut' });
  });
});
