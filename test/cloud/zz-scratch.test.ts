import { expect, it } from 'vitest';
import { POLICY, startCloud } from './start-cloud.ts';
import { writeFileSync } from 'node:fs';
const STAGED = { ...POLICY, staged_batches: [0.25, 1], batch_delay_minutes: 5 };
it('x', async () => {
  const test = await startCloud({ hosts: 8, policies: [STAGED] });
  const { cloud, push, rollouts, running, target, hostRecords } = test;
  for (const tag of ['v2', 'v3', 'v4']) {
    push(tag);
    await cloud.run({ untilMs: cloud.clock.nowMs() + 3000 });
  }
  await cloud.settle();
  let out = JSON.stringify(running()) + '\n' + JSON.stringify(await target(), null, 1);
  for (const r of await rollouts()) {
    out += `\n${r.rollout} ${r.status} run ${r.run} settled ${r.settled} sup ${r.supersedes}\n` + r.log.map((l) => `${l.at_ms} ${l.status} ${l.why}`).join('\n') + JSON.stringify((await hostRecords(r)).map(h=>[h.host,h.status,h.error,h.phase])) ;
  }
  out += '\n' + cloud.logs.map((l) => `${l.atMs} ${l.functionName} ${JSON.stringify({ ...l.line, timestamp: undefined, service:undefined, sampling_rate: undefined, level: l.line['level'] })}`).join('\n');
  out += '\n' + cloud.stepFunctions.executions(cloud.machines.get('Longshore-rollout')!).map((e) => JSON.stringify(e)).join('\n');
  for (const e of cloud.stepFunctions.executions(cloud.machines.get('Longshore-rollout')!)) out += '\n'+String(e['executionArn'])+'\n' + cloud.stepFunctions.history(String(e['executionArn'])).map((h) => JSON.stringify(h)).join('\n');
  writeFileSync('/tmp/ls/ev/out.txt', out);
  expect(1).toBe(1);
});
