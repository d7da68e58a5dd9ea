import {
  CreateDocumentCommand,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  SendCommandCommand,
  type SendCommandCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { DOCUMENT, ssmRig } from './ssm-rig.ts';

const fifty = Array.from({ length: 50 }, () => ({}));
const payload = ['dj0xCg=='];

describe('SendCommand', () => {
  it('takes 50 hosts, a comment of 100 characters and the document by version and hash', async () => {
    const { client, document, requestOf, ids } = ssmRig(fifty);

    const { Command } = await client.send(
      new SendCommandCommand(
        requestOf({
          Comment: 'x'.repeat(100),
          DocumentVersion: '1',
          DocumentHash: document.hash,
          DocumentHashType: 'Sha256',
        }),
      ),
    );

    expect(Command).toMatchObject({
      CommandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      InstanceIds: ids,
      Status: 'Pending',
      TargetCount: 50,
      DocumentVersion: '1',
      TimeoutSeconds: 120,
    });
  });

  it.each<{ what: string; given: Partial<SendCommandCommandInput>; name: string }>([
    {
      what: '51 hosts',
      given: {
        InstanceIds: Array.from({ length: 51 }, (_, n) => `i-0${String(n).padStart(16, '0')}`),
      },
      name: 'ValidationException',
    },
    { what: 'no host', given: { InstanceIds: [] }, name: 'ValidationException' },
    { what: 'an id of no form', given: { InstanceIds: ['host-1'] }, name: 'ValidationException' },
    {
      what: 'a comment of 101 characters',
      given: { Comment: 'x'.repeat(101) },
      name: 'ValidationException',
    },
    {
      what: 'a delivery timeout of 29 s',
      given: { TimeoutSeconds: 29 },
      name: 'ValidationException',
    },
    {
      what: 'a delivery timeout of more than 30 days',
      given: { TimeoutSeconds: 2_592_001 },
      name: 'ValidationException',
    },
    { what: 'MaxConcurrency 0', given: { MaxConcurrency: '0' }, name: 'ValidationException' },
    { what: 'MaxErrors of 101 %', given: { MaxErrors: '101%' }, name: 'ValidationException' },
    { what: 'an unknown document', given: { DocumentName: 'other' }, name: 'InvalidDocument' },
    { what: 'an unknown version', given: { DocumentVersion: '2' }, name: 'InvalidDocumentVersion' },
    {
      what: 'another hash',
      given: { DocumentHash: '0'.repeat(64), DocumentHashType: 'Sha256' },
      name: 'InvalidDocument',
    },
    { what: 'a missing parameter', given: { Parameters: {} }, name: 'InvalidParameters' },
    {
      what: 'a parameter that the document has not',
      given: { Parameters: { payload, x: ['1'] } },
      name: 'InvalidParameters',
    },
    {
      what: 'two values for a String',
      given: { Parameters: { payload: ['YQ==', 'YQ=='] } },
      name: 'InvalidParameters',
    },
    {
      what: 'a value beside the pattern',
      given: { Parameters: { payload: ['$(reboot)'] } },
      name: 'InvalidParameters',
    },
    {
      what: 'a value that is longer than the pattern allows',
      given: { Parameters: { payload: ['A'.repeat(4_097)] } },
      name: 'InvalidParameters',
    },
    {
      what: 'an execution timeout that is no number',
      given: { Parameters: { payload, executionTimeout: ['1;x'] } },
      name: 'InvalidParameters',
    },
    {
      what: 'an unknown host',
      given: { InstanceIds: ['i-0fffffffffffffff0'] },
      name: 'InvalidInstanceId',
    },
  ])('refuses $what with $name', async ({ given, name }) => {
    const { cloud, client, requestOf } = ssmRig([{}]);

    const sending = client.send(new SendCommandCommand(requestOf(given)));

    await expect(sending).rejects.toMatchObject({ name });
    expect(cloud.ssm.commands).toEqual([]);
  });

  it('refuses the whole call for one host that is gone', async () => {
    const { cloud, client, requestOf, ids } = ssmRig([{}, {}]);
    cloud.fleet.vanish(ids[1]!);

    const sending = client.send(new SendCommandCommand(requestOf()));

    await expect(sending).rejects.toMatchObject({ name: 'InvalidInstanceId' });
    expect(cloud.ssm.commands).toEqual([]);
  });

  it('refuses a host twice', async () => {
    const { client, requestOf, ids } = ssmRig([{}]);

    const sending = client.send(
      new SendCommandCommand(requestOf({ InstanceIds: [...ids, ...ids] })),
    );

    await expect(sending).rejects.toMatchObject({ name: 'DuplicateInstanceId' });
  });

  it('takes hybrid hosts', async () => {
    const { send, ids } = ssmRig([{ kind: 'hybrid' }]);

    await send();

    expect(ids).toEqual([expect.stringMatching(/^mi-0[0-9a-f]{16}$/)]);
  });

  it('is not idempotent: the same call is another command', async () => {
    const { send } = ssmRig([{}]);

    expect(await send()).not.toBe(await send());
  });
});

describe('throttling', () => {
  it('lets a burst pass, then what the rate allows', async () => {
    const { cloud, client, requestOf } = ssmRig([{}]);
    cloud.ssm.limit('SendCommand', { perSecond: 2, burst: 3 });
    const sendFive = async () => {
      const names: string[] = [];
      for (let n = 0; n < 5; n++) {
        const ending = client.send(new SendCommandCommand(requestOf()));
        names.push(
          await ending.then(
            () => 'sent',
            (error: Error) => error.name,
          ),
        );
      }
      return names;
    };

    const first = await sendFive();
    await cloud.run({ untilMs: cloud.clock.nowMs() + 1_000 });
    const second = await sendFive();

    const refused = 'ThrottlingException';
    expect(first).toEqual(['sent', 'sent', 'sent', refused, refused]);
    expect(second).toEqual(['sent', 'sent', refused, refused, refused]);
  });

  it('concerns one operation, or all without a rate of their own', async () => {
    const { cloud, client } = ssmRig([]);
    cloud.ssm.limit('*', { perSecond: 1, burst: 1 });
    const describeDocument = () =>
      client.send(new DescribeDocumentCommand({ Name: 'longshore-host' }));

    await describeDocument();
    const second = await describeDocument().catch((error: Error) => error);
    cloud.ssm.limit('*', undefined);

    expect(second).toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    await expect(describeDocument()).resolves.toBeDefined();
  });
});

describe('a document', () => {
  it('is described with its version and the hash of its content', async () => {
    const { client } = ssmRig([]);

    const { Document } = await client.send(new DescribeDocumentCommand({ Name: 'longshore-host' }));

    expect(Document).toMatchObject({
      Name: 'longshore-host',
      DocumentVersion: '1',
      DefaultVersion: '1',
      HashType: 'Sha256',
      Hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('that was deleted is unknown, and its name is free', async () => {
    const { client } = ssmRig([]);
    const Name = 'longshore-host';

    await client.send(new DeleteDocumentCommand({ Name }));

    const described = client.send(new DescribeDocumentCommand({ Name }));
    await expect(described).rejects.toMatchObject({ name: 'InvalidDocument' });
    const again = client.send(
      new CreateDocumentCommand({ Name, Content: JSON.stringify(DOCUMENT) }),
    );
    await expect(again).resolves.toMatchObject({ DocumentDescription: { Name } });
  });

  it('gains versions, and the older one can still be sent', async () => {
    const { cloud, document, send, command } = ssmRig([{}]);
    cloud.ssm.documents.update('longshore-host', { ...DOCUMENT, description: 'two' }, 0);

    const pinned = await send({ DocumentVersion: '1', DocumentHash: document.hash });
    const latest = await send({ DocumentVersion: '$LATEST' });

    expect(await command(pinned)).toMatchObject({ DocumentVersion: '1' });
    expect(await command(latest)).toMatchObject({ DocumentVersion: '2' });
  });

  it.each([
    {
      what: 'a name that is taken',
      Name: 'longshore-host',
      Content: JSON.stringify(DOCUMENT),
      name: 'DocumentAlreadyExists',
    },
    { what: 'no JSON', Name: 'other', Content: '{', name: 'InvalidDocumentContent' },
    {
      what: 'another schema',
      Name: 'other',
      Content: '{"schemaVersion":"0.3","mainSteps":[]}',
      name: 'InvalidDocumentContent',
    },
    {
      what: 'more than 64 KB',
      Name: 'other',
      Content: JSON.stringify({ ...DOCUMENT, description: 'x'.repeat(65_536) }),
      name: 'MaxDocumentSizeExceeded',
    },
  ])('is refused with $what', async ({ Name, Content, name }) => {
    const { client } = ssmRig([]);

    const creating = client.send(
      new CreateDocumentCommand({ Name, Content, DocumentType: 'Command' }),
    );

    await expect(creating).rejects.toMatchObject({ name });
  });
});
