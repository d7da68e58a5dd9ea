import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { DeleteDocumentCommand, InvalidDocument, SSMClient } from '@aws-sdk/client-ssm';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnusablePortError } from '#local/serve/serve.ts';
import { ServiceError } from '#local/service-error.ts';
import { REGION } from '../cloud-rig.ts';
import { clientOf, open } from './place.ts';

const LIST = 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories';
const MEBIBYTE = 1_048_576;

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Asked {
  headers?: Record<string, string>;
  body?: string | Buffer;
  method?: string;
  agent?: Agent;
}

async function ask(endpoint: string, { headers, body, method = 'POST', agent }: Asked) {
  const asked = request(endpoint, { method, headers: { ...headers }, ...(agent && { agent }) });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) } as Answer;
}

function signed(service: string, region = REGION): Record<string, string> {
  const scope = `local/20261122/${region}/${service}/aws4_request`;
  return { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0` };
}

/** The server is still there, and answers as ever. */
async function expectAlive(endpoint: string): Promise<void> {
  const { status } = await ask(endpoint, { headers: { 'x-amz-target': LIST }, body: '{}' });
  expect(status).toBe(200);
}

describe('a client on the port', () => {
  it('is answered as by the service, with its typed errors', async () => {
    const { endpoint } = await open();
    const [ecr, ssm] = [new ECRClient(clientOf(endpoint)), new SSMClient(clientOf(endpoint))];

    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
    const refusal = await ssm
      .send(new DeleteDocumentCommand({ Name: 'none' }))
      .catch((error: unknown) => error);

    expect(repositories?.map(({ repositoryName }) => repositoryName)).toEqual(['shop/web']);
    expect(refusal).toBeInstanceOf(InvalidDocument);
  });

  it('learns who it is by the query protocol, in XML', async () => {
    const { endpoint } = await open();

    const { status, headers, body } = await ask(endpoint, {
      headers: {
        ...signed('sts', 'us-east-1'),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/xml');
    expect(body).toContain('<GetCallerIdentityResult><Account>111122223333</Account>');
    expect(body).toContain('<Arn>arn:&lt;a&amp;b&gt;</Arn>');
  });

  it('keeps its connection', async () => {
    const { endpoint } = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets: unknown[] = [];
    agent.createConnection = (...of) => {
      const socket = connect(...(of as Parameters<typeof connect>));
      sockets.push(socket);
      return socket;
    };

    for (let call = 0; call < 3; call++) {
      await ask(endpoint, { headers: { 'x-amz-target': LIST }, body: '{}', agent });
    }
    agent.destroy();

    expect(sockets).toHaveLength(1);
  });

  it('is told the real date, so that no SDK takes its own clock for wrong', async () => {
    const { endpoint } = await open();

    const { headers } = await ask(endpoint, { headers: { 'x-amz-target': LIST }, body: '{}' });

    const skewMs = Math.abs(Date.parse(headers.date ?? '') - Date.now());
    expect(skewMs).toBeLessThan(300_000);
  });

  it('is cut off when the server closes', async () => {
    const { promise: never } = Promise.withResolvers<Record<string, unknown>>();
    const arrived = Promise.withResolvers<void>();
    const served = await open({
      answer: () => {
        arrived.resolve();
        return never;
      },
    });
    const call = ask(served.endpoint, { headers: { 'x-amz-target': LIST }, body: '{}' });
    const cut = expect(call).rejects.toThrow('socket hang up');

    await arrived.promise;
    served.close();

    await cut;
    expect(served.isOpen()).toBe(false);
  });
});

describe('a stranger', () => {
  it.each([
    ['a name that leads here by DNS', { host: 'evil.example' }],
    ['a name that only begins as ours', { host: '127.0.0.1.evil.example' }],
    ['a web page', { origin: 'http://evil.example' }],
  ])('is refused: %s', async (_, headers) => {
    const { endpoint } = await open();

    const { status, body } = await ask(endpoint, {
      headers: { ...headers, 'x-amz-target': LIST },
      body: '{}',
    });

    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({ __type: 'AccessDeniedException' });
    await expectAlive(endpoint);
  });

  it('is not one under localhost', async () => {
    const { endpoint } = await open();
    const host = `localhost:${new URL(endpoint).port}`;

    const headers = { host, 'x-amz-target': LIST };

    expect((await ask(endpoint, { headers, body: '{}' })).status).toBe(200);
  });

  it('does not reach it from another address of this machine', async () => {
    const { endpoint } = await open();
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.2');

    await expect(once(socket, 'connect')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a call that cannot be answered', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  it.each([
    {
      what: 'a service that is not embedded',
      headers: { ...signed('kinesis'), 'x-amz-target': 'Kinesis_20131202.ListStreams' },
      says: 'does not answer "Kinesis_20131202.ListStreams". It answers ECR, SSM, STS',
    },
    {
      what: 'one that is embedded elsewhere',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
      says: 'does not answer "AmazonSQS.SendMessage"',
    },
    {
      what: 'a REST service',
      headers: signed('lambda'),
      method: 'GET',
      says: 'does not answer lambda',
    },
    {
      what: 'nothing that it names',
      headers: {},
      method: 'GET',
      says: 'a request without x-amz-target',
    },
    {
      what: 'an operation that the emulation lacks',
      headers: { 'x-amz-target': 'AmazonSSM.GetInventory' },
      says: 'The embedded SSM has no GetInventory',
    },
    {
      what: 'another region',
      headers: { ...signed('ecr', 'us-east-1'), 'x-amz-target': LIST },
      status: 403,
      code: 'InvalidSignatureException',
      says: `Set AWS_REGION=${REGION}`,
    },
    {
      what: 'broken JSON',
      headers: { 'x-amz-target': LIST },
      body: '{"repositoryNames": [',
      code: 'SerializationException',
      says: 'The body must be a JSON object',
    },
    {
      what: 'JSON that is no object',
      headers: { 'x-amz-target': LIST },
      body: '[1]',
      code: 'SerializationException',
      says: 'not an object',
    },
    {
      what: 'bytes that are no text',
      headers: { 'x-amz-target': LIST },
      body: Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]),
      code: 'SerializationException',
      says: 'The body must be a JSON object',
    },
    {
      what: 'input that the service refuses',
      headers: { 'x-amz-target': LIST, 'content-type': 'text/plain' },
      body: '{"maxResults":"many"}',
      code: 'InvalidParameterException',
      says: 'maxResults',
    },
    {
      what: 'a body without end',
      headers: { 'x-amz-target': LIST },
      body: Buffer.alloc(16 * MEBIBYTE + 1, 0x20),
      status: 413,
      code: 'RequestEntityTooLargeException',
      says: `${16 * MEBIBYTE} bytes`,
    },
  ])('is refused in the words of AWS: $what', async (of) => {
    const { status = 400, code = 'UnknownOperationException', says, what: _, ...asked } = of;
    const { endpoint } = await open();

    const answer = await ask(endpoint, asked);

    expect(answer.status).toBe(status);
    expect(answer.headers['x-amzn-errortype']).toBe(code);
    expect(JSON.parse(answer.body)).toMatchObject({
      __type: code,
      message: expect.stringContaining(says),
    });
    await expectAlive(endpoint);
  });

  it.each([
    ['S3', { headers: signed('s3'), method: 'GET' }],
    ['CloudFormation', { headers: { ...signed('cloudformation'), ...form }, body: 'Action=List' }],
    ['STS by another action', { headers: { ...signed('sts'), ...form }, body: 'Action=<Assume>' }],
  ])('is refused in XML where the client expects that: %s', async (_, asked) => {
    const { endpoint } = await open({
      answer: () => Promise.reject(new ServiceError('UnknownOperationException')),
    });

    const { status, body } = await ask(endpoint, asked);

    expect(status).toBe(400);
    expect(body).toMatch(
      /^<ErrorResponse><Error><Type>Sender<\/Type><Code>UnknownOperationException<\/Code><Message>The embedded [^<]+<\/Message>/,
    );
  });

  it('is an InternalFailure where the emulation has a fault, and the next call is answered', async () => {
    let calls = 0;
    const { endpoint } = await open({
      answer: async () => {
        if (calls++ === 0) throw new TypeError('nobody thought of that');
        return {};
      },
    });

    const { status, body } = await ask(endpoint, { headers: { 'x-amz-target': LIST } });

    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({
      __type: 'InternalFailure',
      message: 'A fault of the embedded cloud: nobody thought of that',
    });
    await expectAlive(endpoint);
  });
});

describe('garbage', () => {
  /** What comes back until the server hangs up, or the client does. */
  async function send(endpoint: string, bytes: Uint8Array): Promise<string> {
    const socket = connect(Number(new URL(endpoint).port), '127.0.0.1');
    socket.on('error', () => {}); // A reset is an answer, too.
    socket.end(bytes);
    return text(socket).catch(() => '');
  }

  it.each([
    ['bytes of no protocol', 'garbage\r\n\r\n', '400'],
    ['no host', 'POST / HTTP/1.1\r\n\r\n', '400'],
    ['the protocol of old, without a host', 'POST / HTTP/1.0\r\n\r\n', '403'],
    [
      'endless headers',
      `POST / HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(17_000)}\r\n`,
      '431',
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      '400',
    ],
    ['a tunnel', 'CONNECT 10.0.0.1:80 HTTP/1.1\r\nhost: localhost\r\n\r\n', ''],
    [
      'another protocol',
      'POST / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n',
      '400',
    ],
  ])('gets an answer or is hung up on: %s', async (_, words, status) => {
    const { endpoint } = await open();

    const answer = await send(endpoint, Buffer.from(words));

    expect(answer.slice(0, 'HTTP/1.1 400'.length)).toBe(status && `HTTP/1.1 ${status}`);
    await expectAlive(endpoint);
  });

  it('does no harm when it breaks off in the middle of a body', async () => {
    const { endpoint } = await open();
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: ${LIST}\r\n`;

    await send(endpoint, Buffer.from(`${head}content-length: 100\r\n\r\n{"a"`));

    await expectAlive(endpoint);
  });

  it('does no harm whatever its bytes are', async () => {
    const { endpoint } = await open();
    const head = `POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: ${LIST}\r\n`;
    const requests = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .tuple(fc.string({ unit: 'binary', maxLength: 40 }), fc.uint8Array({ maxLength: 200 }))
        .map(([header, body]) =>
          Buffer.concat([
            Buffer.from(`${head}x-more: ${header}\r\ncontent-length: ${body.length}\r\n\r\n`),
            body,
          ]),
        ),
      fc.json().map((body) => {
        return Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      }),
    );

    await fc.assert(
      fc.asyncProperty(requests, async (bytes) => void (await send(endpoint, bytes))),
      { numRuns: 100 },
    );

    await expectAlive(endpoint);
  });
});

it('says that a port is taken, and how to get another', async () => {
  const { endpoint } = await open();
  const port = Number(new URL(endpoint).port);

  const second = open({ port });

  await expect(second).rejects.toThrow(UnusablePortError);
  await expect(second).rejects.toThrow(`port ${port} is taken`);
});
