/** `npm run simulate:guards`: every guard switched off in turn, until the simulator finds it. */
import { parseArgs } from 'node:util';
import { synthesize } from '../template.ts';
import type { Size } from '../world.ts';
import type { Switch } from './guard.ts';
import { guards } from './guards.ts';
import { Seeds } from './seeds.ts';
import { type Known, readKnown, writeTable } from './table.ts';
import { CI, type Finding, tryGuard, Whole } from './try-guard.ts';

const HELP = `npm run simulate:guards -- [options]

Switches every guard off in turn, in a process of its own, and plays seeds until something is violated. The seed
that the table of docs/simulation-guards.md names is played first, then some more; a guard that no seed finds fails.

  --tries N    seeds for each guard at most, beside the table's own (default 24)
  --jobs N     guards at once (default 2)
  --only TEXT  the guards whose name has this text, or one of several between commas
  --afresh     whatever the table says
  --write      write the table
  --seeds N    how many seeds there are to choose from (default ${CI.seeds}, as CI plays)
  --first N    the first of them (default 1)
  --hosts N    hosts of each seed (default ${CI.hosts}, as CI plays)
  --hours N    virtual hours of each seed (default ${CI.hours}, as CI plays)
  --help       this text
`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: String(CI.seeds) },
      first: { type: 'string', default: '1' },
      hosts: { type: 'string', default: String(CI.hosts) },
      hours: { type: 'string', default: String(CI.hours) },
      jobs: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
      tries: { type: 'string', default: '24' },
      afresh: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = guards
    .filter((guard) => 'cuts' in guard)
    .filter(({ guard }) => values.only.split(',').some((text) => guard.includes(text)));
  const size = { hosts: Number(values.hosts), hours: Number(values.hours) };
  const seeds = new Seeds({ first: Number(values.first), seeds: Number(values.seeds) }, size);
  const findings = await tryAll(wanted, seeds, {
    size,
    jobs: Number(values.jobs),
    tries: Number(values.tries),
    known: values.afresh ? new Map<string, Known>() : readKnown(),
    onFinding: (found) => values.write && writeTable(guards, found),
  });
  return sayEnd(findings);
}

interface Options {
  size: Size;
  jobs: number;
  tries: number;
  known: ReadonlyMap<string, Known>;
  onFinding: (findings: ReadonlyMap<string, Finding>) => void;
}

async function tryAll(
  wanted: readonly Switch[],
  seeds: Seeds,
  { size, jobs, tries, known, onFinding }: Options,
): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>();
  const template = synthesize();
  const whole = new Whole(size, template);
  const queue = [...wanted];
  const work = async () => {
    for (let guard = queue.shift(); guard !== undefined; guard = queue.shift()) {
      const before = known.get(guard.guard);
      const order = seeds.inOrder(guard, before?.seed);
      const most = before === undefined ? tries : tries + 1;
      const finding = await tryGuard(guard, order, { size, template, whole, tries: most });
      const isSame = before !== undefined && before.seed === finding.seed;
      findings.set(guard.guard, isSame ? { ...finding, tries: before.tries } : finding);
      onFinding(findings);
      const { seed = 'NOT FOUND', tries: played, violation } = finding;
      const said = `${seed}, ${played} played: ${violation.split('\n')[0]}`.slice(0, 160);
      process.stdout.write(`${findings.size}/${wanted.length} ${guard.guard}: ${said}\n`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  whole.end();
  return findings;
}

function sayEnd(findings: ReadonlyMap<string, Finding>): number {
  const missed = [...findings.values()].filter(({ seed }) => seed === undefined);
  const seconds = Math.round(performance.now() / 1000);
  const names = missed.map(({ guard }) => `; not found: ${guard}`).join('');
  const count = `${findings.size - missed.length} of ${findings.size} guards found`;
  process.stdout.write(`${count} in ${seconds} s${names}\n`);
  return missed.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
