import { createServer, type ServerResponse } from 'node:http';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, onTestFinished } from 'vitest';
import { followCloudClock, TIME_HEADER } from '#aws/cloud-clock.ts';
import { RUNTIME } from './runtime.ts';

const LOCAL_MS = Date.UTC(2026, 10, 14, 12);
const DAY_MS = 86_400_000;

/** A shell whose machine's clock stands, and what time the cloud's answers say that it is. */
async function shell(timeOf: () => string | undefined) {
  const server = createServer((_, response: ServerResponse) => {
    const time = timeOf();
    if (time !== undefined) response.setHeader(TIME_HEADER, time);
    response.end('<GetCallerIdentityResponse/>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { requestHandler, ...clientConfig } = RUNTIME.clientConfig;
  const runtime = followCloudClock({ ...RUNTIME, nowMs: () => LOCAL_MS, clientConfig });
  const endpoint = `http://127.0.0.1:${address.port}`;
  const client = new STSClient({ ...runtime.clientConfig, endpoint });
  onTestFinished(() => client.destroy());
  return { runtime, ask: () => client.send(new GetCallerIdentityCommand({})) };
}

it.each([
  ['is the cloud’s', String(LOCAL_MS + DAY_MS), DAY_MS],
  ['is the cloud’s, also where that is behind', String(LOCAL_MS - DAY_MS), -DAY_MS],
  ['is the machine’s where an answer says no time', undefined, 0],
  ['is the machine’s where that is none', 'noon', 0],
])('the clock %s', async (_, time, aheadMs) => {
  const { runtime, ask } = await shell(() => time);
  const before = runtime.nowMs();

  await ask();

  expect(before).toBe(LOCAL_MS);
  expect(runtime.nowMs() - LOCAL_MS).toBe(aheadMs);
});

it('each answer sets the clock anew', async () => {
  let ms = LOCAL_MS + DAY_MS;
  const { runtime, ask } = await shell(() => String(ms));
  await ask();
  ms += 600_000;

  await ask();

  expect(runtime.nowMs() - LOCAL_MS).toBe(DAY_MS + 600_000);
});
