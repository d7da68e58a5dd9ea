/**
 * docs/watch.txt: `longshore watch` on a terminal, as it was drawn during a rollout that a person paused and
 * resumed, in virtual time. Made anew with RECORD=1 npx vitest run test/cli/recording.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isoOf } from '#cli/format.ts';
import { operate } from '#test/cloud/operator.ts';
import { startCloud } from '#test/cloud/start-cloud.ts';
import { run } from './rig.ts';

const FILE = new URL('../../docs/watch.txt', import.meta.url);
const HEAD = `\
Longshore watch, as a terminal shows it: each picture takes the place of the one before. Only those
are here in which more than the clock has changed. Made by test/cli/recording.test.ts.

$ npx longshore watch shop-web
`;

it('the recording shows what watch draws', async () => {
  const test = await startCloud({
    startMs: Date.UTC(2026, 10, 14, 12),
  });
  const { cloud } = test;
  const v2 = test.push('v2');
  // Something to look at: on some hosts it does not become healthy.
  cloud.fleet.images.set(v2, { unhealthyShare: 0.08 });
  await operate(test).reachCommands(1);
  const others: Record<number, string> = {
    30: 'pause shop-web --reason "the database is slow"',
    90: 'resume shop-web --reason "it is well again"',
  };
  let recording = HEAD;
  let last = '';
  let looks = 0;

  const { code } = await run('watch shop-web', {
    cloud,
    tty: { isTTY: true, columns: 100, rows: 40 },
    sleep: async (ms) => {
      looks += 1;
      await cloud.run({ untilMs: cloud.clock.nowMs() + ms });
      const command = others[looks];
      if (command === undefined) return;
      const { out } = await run(command, { cloud });
      recording += `\n${isoOf(cloud.clock.nowMs())}, elsewhere:\n\n$ npx longshore ${command}\n${out}`;
    },
    onOut: (text) => {
      const picture = text.split('\u001b[J').at(-1) ?? '';
      const still = picture.replaceAll(/\d\d:\d\d:\d\d/g, '');
      if (still !== last) recording += `\n${isoOf(cloud.clock.nowMs())}\n\n${picture}`;
      last = still;
    },
  });

  // completed_with_failures is not completed.
  expect(code).toBe(1);
  if (process.env['RECORD'] === '1') writeFileSync(FILE, recording);
  expect(readFileSync(FILE, 'utf8')).toBe(recording);
});
