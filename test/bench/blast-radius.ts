/**
 * How many hosts an image that always fails reaches before it is stopped, by the hosts' own logs in the whole
 * embedded cloud (gates.ts has one that fails on some). Beside it what others' defaults come to, by arithmetic.
 */
import { openBenchCloud } from './bench-cloud.ts';
import type { Benchmark, Claim, Goal, Line, Report } from './benchmark.ts';

const HOSTS = 10_000;
const CAREFUL = ['1 host', '10 hosts', '100 hosts', '1000 hosts', '100%'];

interface Row {
  name: string;
  policy: Record<string, unknown>;
  /** What is claimed: at most. */
  most: number;
}

const ROWS: readonly Row[] = [
  { name: '1, 10, 100, 1,000 hosts, all', policy: { staged_batches: CAREFUL }, most: 1 },
  { name: '10 %, 50 %, 100 %, the default', policy: {}, most: 1_000 },
  {
    name: 'one batch: only the threshold inside it',
    policy: { staged_batches: [1] },
    // 40 chunks of 50 are at work at once.
    most: 2_000,
  },
  {
    name: 'one batch, max_unavailable 100',
    policy: { staged_batches: [1], max_unavailable: 100 },
    most: 100,
  },
];

/** The same image by others' defaults; documented, and not run here. */
const OTHERS: readonly [string, number][] = [
  ['Ansible, serial 10 % (arithmetic)', HOSTS / 10],
  ['hawkBit, a first group of 10 % (arithmetic)', HOSTS / 10],
  ['a loop without gates (arithmetic)', HOSTS],
];

interface Blast {
  harmed: number;
  left: number;
  commandsBack: number;
}

async function explode({ policy }: Row): Promise<Blast> {
  const { cloud, push } = await openBenchCloud({ hosts: HOSTS, policy });
  const harmed = new Set<string>();
  cloud.fleet.onEvent = (event) => {
    if (event.kind === 'started' && event.because === 'update') harmed.add(event.host);
  };
  const bad = push('v2', true);
  await cloud.settle();
  const left = cloud.fleet.list.filter((host) => host.running('web') === bad).length;
  const commandsBack = cloud.ssm.commands.filter(({ comment }) => comment.endsWith(' restore'));
  return { harmed: harmed.size, left, commandsBack: commandsBack.length };
}

async function run(): Promise<Report> {
  const lines: Line[] = [];
  const claims: Claim[] = [];
  const text = (count: number) => count.toLocaleString('en');
  for (const row of ROWS) {
    const { harmed, left, commandsBack } = await explode(row);
    lines.push({
      name: row.name,
      figures: { harmed, left, commands_back: commandsBack },
      cells: [text(harmed), text(left), text(commandsBack)],
    });
    claims.push(
      {
        text: `${row.name}: at most ${text(row.most)} hosts are harmed, and one at least`,
        holds: harmed >= 1 && harmed <= row.most,
      },
      { text: `${row.name}: none keeps the image`, holds: left === 0 },
    );
  }
  for (const [name, harmed] of OTHERS) {
    lines.push({ name, figures: { harmed }, cells: [text(harmed), '', ''] });
  }
  const careful = lines[0]?.figures['harmed'] ?? Number.NaN;
  const goals: Goal[] = [
    { text: 'always bad, by 1/10/100/1,000', goal: '1', ours: text(careful), isMet: careful === 1 },
  ];
  return { columns: ['harmed', 'left on it', 'commands back'], lines, claims, goals };
}

export const blastRadius: Benchmark = {
  name: 'blast',
  about: `hosts that a bad image reaches, of ${HOSTS.toLocaleString('en')}`,
  notShown:
    'a bad image that the health check does not see, or one that fails later than the soak; the rows with others’ names are their documented defaults, not measurements.',
  run,
};
