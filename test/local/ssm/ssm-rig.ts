/** SSM with a document like the product's, simulated hosts behind it, and a client. */
import {
  type CommandInvocation,
  ListCommandInvocationsCommand,
  ListCommandsCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { formatHostCommand, type HostCommand } from '#core/host-command.ts';
import type { CloudEvent } from '#local/events/cloud-event.ts';
import type { HostSpec } from '#local/hosts/fleet.ts';
import type { LocalCloudOptions } from '#local/local-cloud.ts';
import { bareCloud } from '../cloud-rig.ts';
import { commandOf, V1 } from '../hosts/commands.ts';

export const DOCUMENT = {
  schemaVersion: '2.2',
  parameters: {
    payload: {
      type: 'String',
      interpolationType: 'ENV_VAR',
      allowedPattern: '^[A-Za-z0-9+/=]{1,4096}$',
    },
    executionTimeout: { type: 'String', default: '600', allowedPattern: '^[0-9]{1,5}$' },
  },
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'longshore',
      inputs: { timeoutSeconds: '{{ executionTimeout }}', runCommand: ['true'] },
    },
  ],
};

export function ssmRig(hosts: readonly HostSpec[], options: Partial<LocalCloudOptions> = {}) {
  const cloud = bareCloud(options);
  cloud.fleet.images.isInRegistry = () => true;
  const document = cloud.ssm.documents.create('longshore-host', DOCUMENT, cloud.clock.nowMs());
  const fleet = hosts.map((spec) => cloud.fleet.add({ containers: { web: V1 }, ...spec }));
  const ids = fleet.map(({ id }) => id);
  const client = new SSMClient(cloud.clientConfig());
  const events: CloudEvent[] = [];
  cloud.events.putRule({
    name: 'all',
    arn: 'arn:rule',
    busName: 'default',
    isEnabled: true,
    pattern: { source: ['aws.ssm'] },
    targets: [{ id: 'test', send: (event) => events.push(event as CloudEvent) }],
  });

  const requestOf = (
    given: Partial<SendCommandCommandInput> = {},
    command: Partial<HostCommand> = {},
  ): SendCommandCommandInput => ({
    DocumentName: 'longshore-host',
    InstanceIds: ids,
    TimeoutSeconds: 120,
    Comment: 'shop-web-123abc-g10 c0 s1 update',
    MaxErrors: '100%',
    Parameters: {
      payload: [Buffer.from(formatHostCommand(commandOf(command))).toString('base64')],
      executionTimeout: ['600'],
    },
    ...given,
  });
  const send = async (...given: Parameters<typeof requestOf>): Promise<string> => {
    const { Command } = await client.send(new SendCommandCommand(requestOf(...given)));
    return Command?.CommandId ?? '';
  };
  const read = async (CommandId: string): Promise<CommandInvocation[]> => {
    const request = new ListCommandInvocationsCommand({ CommandId, Details: true });
    return (await client.send(request)).CommandInvocations ?? [];
  };
  const command = async (CommandId: string) => {
    const { Commands } = await client.send(new ListCommandsCommand({ CommandId }));
    return Commands?.[0];
  };
  return { cloud, client, document, fleet, ids, events, requestOf, send, read, command };
}
