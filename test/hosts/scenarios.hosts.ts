import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealPlayer } from './play-real.ts';
import type { Scenario } from './scenario.ts';
import { ScenarioHost } from './scenario-host.ts';
import { SCENARIOS } from './scenarios.ts';

let host: ScenarioHost;
beforeAll(async () => {
  host = await ScenarioHost.start();
});
afterAll(() => host.stop());

/** What they do is done to the whole host. */
function isAlone({ steps }: Scenario): boolean {
  return steps.some(
    (step) => ('hand' in step && step.hand.startsWith('prunes')) || 'byPowerCut' in step,
  );
}

async function play(scenario: Scenario): Promise<void> {
  const place = host.admit();
  const player = new RealPlayer(host, place);
  try {
    if (!('run' in (scenario.steps[0] ?? {}))) await player.run({ run: 'v1' });
    for (const step of scenario.steps) await player.play(step);
    expect(await player.end()).toEqual({ journal: 'none', ...scenario.ends });
  } finally {
    await host.dismiss(place);
  }
}

describe.concurrent('a real host, beside others', () => {
  it.each(SCENARIOS.filter((scenario) => !isAlone(scenario)))('$name', play);
});

describe('a real host, alone', () => {
  it.each(SCENARIOS.filter(isAlone))('$name', play);
});
