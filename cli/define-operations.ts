/** The commands by which a person watches rollouts and acts on them: their words, options and help. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlAction } from '#core/control-request.ts';
import type { Around, ExitCode } from './around.ts';
import { type AskOptions, ask } from './ask.ts';
import { type GetOptions, get, type StackOptions } from './get.ts';
import { history } from './history.ts';
import { UNTILS } from './judge-watch.ts';
import { type TriggerOptions, trigger } from './trigger.ts';
import { type WatchOptions, watch } from './watch.ts';

const NAMES = `
A rollout is named as shop-web#3, by its id, or by its policy alone: the one that is under way, else
the newest.
`;

const GET_HELP = `${NAMES}
Examples:
  npx longshore get
  npx longshore get shop-web
  npx longshore get shop-web#3 --hosts
  npx longshore get shop-web --json | jq '.devices[] | select(.status == "failed")'

Exit codes: 0 it was shown, 1 AWS refused, 2 no such rollout, or what was given is wrong.`;

const WATCH_HELP = `${NAMES}
Without a name: the only rollout that is under way. Ctrl-C ends the watching, never the rollout.
  --until done    0 completed, 1 ended in another way
  --until judged  0 as soon as the batch that is open, or else the next, is judged and it goes on
  --until held    0 as soon as it waits for a person
With --until, 3 when it waits for a person (held, paused, an approval) for longer than --patience.

Examples:
  npx longshore watch shop-web
  npx longshore watch shop-web --until done
  npx longshore watch shop-web --image v2 --until done --patience 30   # after a push, in CI

Exit codes: 0 as above, 1 ended in another way, 2 what was given is wrong, 3 a person is awaited.`;

const HISTORY_HELP = `${NAMES}
Of a policy: its rollouts. Of a rollout: its log. Folded, the log gives the status. Who asked by this
program stands there by the ARN of their IAM principal, and below by what it is short for. Who asked
in the console stands there by their own word. "request" in --json is the execution of the control
machine: CloudTrail knows which principal started it.

Examples:
  npx longshore history shop-web
  npx longshore history shop-web#3
  npx longshore history shop-web#3 --json | jq '.log[] | select(.request)'

Exit codes: 0 it was shown, 1 AWS refused, 2 no such rollout, or what was given is wrong.`;

interface Asking {
  action: ControlAction;
  does: string;
  example: string;
}

const ASKINGS: readonly Asking[] = [
  {
    action: 'pause',
    does: 'nothing more begins; hosts at work finish',
    example: 'pause shop-web --reason "the database is slow"',
  },
  {
    action: 'resume',
    does: 'goes on, after a pause or past a hold',
    example: 'resume shop-web --reason "the database is well"',
  },
  {
    action: 'approve',
    does: 'lets the plan that was shown begin',
    example: 'approve shop-worker --reason "CHG-1234"',
  },
  {
    action: 'reject',
    does: 'ends it before it begins',
    example: 'reject shop-worker --reason "not this week"',
  },
  {
    action: 'cancel',
    does: 'ends it; hosts stay as they are',
    example: 'cancel shop-web --reason "v3 comes in an hour"',
  },
  {
    action: 'rollback',
    does: 'takes every touched host back, also after the end',
    example: `rollback shop-web#3 --reason "orders are lost"
  npx longshore rollback shop-web#3 --to shop-web#1   # what #1 brought, in a rollout of its own`,
  },
  {
    action: 'retry-failed',
    does: 'tries failed and unknown hosts of a hold again',
    example: 'retry-failed shop-web --reason "the disk was full"',
  },
];

const HOW = `\
Starts an execution of the control machine with your own credentials, waits for its answer and says
it. The log has the ARN of your IAM principal, and with --by a name beside it; the reason, and which
execution asked. The same --request twice is done once.
`;

const ASK_HELP = (example: string) => `${NAMES}
${HOW}
Examples:
  npx longshore ${example}

Exit codes: 0 done, 1 refused or not carried out, 2 what was given is wrong.`;

const TRIGGER_HELP = `
Begins a rollout of an image that was seen already, or denied: that is lifted, by your name. It takes
over from one that is under way, as a newer image does, and stays until something new arrives.
${HOW}
Examples:
  npx longshore trigger shop-web --tag v2 --reason "it was the database"
  npx longshore trigger shop-web --image shop/web@sha256:1f3c…   # whatever its tag

Exit codes: 0 it has begun, 1 refused or not carried out, 2 what was given is wrong.`;

export function defineOperations(
  program: Command,
  around: Around,
  end: (code: ExitCode) => void,
): void {
  const rollout = 'such as shop-web#3, or shop-web';
  onStack(program.command('get'))
    .description('rollouts under way and ended, or one with its hosts')
    .argument('[rollout]', rollout)
    .option('--hosts', 'every host that was touched, a line each')
    .addHelpText('after', GET_HELP)
    .action(async (name: string | undefined, options: GetOptions) =>
      end(await get(name, options, around)),
    );
  onStack(program.command('watch'))
    .description('a rollout live: batches, hosts that need attention, what can be done')
    .argument('[rollout]', rollout)
    .addOption(new Option('--until <end>', 'ends then, for scripts').choices(UNTILS))
    .option('--interval <seconds>', 'between two looks', parseAmount, 5)
    .option('--patience <minutes>', 'how long it may wait for a person', parseAmount, 10)
    .option('--image <tag>', 'the rollout of this tag, once it begins')
    .addHelpText('after', WATCH_HELP)
    .action(async (name: string | undefined, options: WatchOptions) =>
      end(await watch(name, options, around)),
    );
  onStack(program.command('history'))
    .description('who did what, when and why')
    .argument('<name>', `a rollout ${rollout.replace(', or shop-web', '')}; or a policy`)
    .addHelpText('after', HISTORY_HELP)
    .action(async (name: string, options: StackOptions) =>
      end(await history(name, options, around)),
    );
  for (const asking of ASKINGS) defineAsking(program, asking, around, end);
  const begins = program
    .command('trigger')
    .description('begins a rollout of an image, though it is not new')
    .argument('<policy>', 'such as shop-web')
    .addOption(new Option('--tag <tag>', "of the policy's repository").conflicts('image'))
    .option('--image <image>', 'with its repository: shop/web:v2, or shop/web@sha256:…');
  onStack(withRequest(begins))
    .addHelpText('after', TRIGGER_HELP)
    .action(async (policy: string, options: TriggerOptions) =>
      end(await trigger(policy, options, around)),
    );
}

function defineAsking(
  program: Command,
  { action, does, example }: Asking,
  around: Around,
  end: (code: ExitCode) => void,
): void {
  const command = program
    .command(action)
    .description(does)
    .argument('<rollout>', 'such as shop-web#3, or shop-web');
  if (action === 'resume') command.option('--fresh', 'in a new execution, as deployed today');
  if (action === 'approve' || action === 'reject') {
    command.option('--plan <hash>', 'of the plan (default: the one that stands now)');
  }
  if (action === 'rollback') {
    command.option('--to <rollout>', 'after its end: to what this earlier one brought');
  }
  onStack(withRequest(command))
    .addHelpText('after', ASK_HELP(example))
    .action(async (name: string, options: AskOptions) =>
      end(await ask(action, name, options, around)),
    );
}

function withRequest(command: Command): Command {
  return command
    .option('--reason <why>', 'for its log')
    .option('--by <name>', 'for its log, beside your IAM principal')
    .option('--request <name>', 'of the request: repeated, it is done once');
}

function onStack(command: Command): Command {
  return command
    .option('--stack <name>', 'of the stack (default: as in cdk.json, or Longshore)')
    .option('--region <region>', "of the stack (default: the shell's own)")
    .option('--json', 'for programs');
}

function parseAmount(text: string): number {
  const amount = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (amount > 0) return amount;
  throw new InvalidArgumentError('Give a whole number from 1 to 99999.');
}
