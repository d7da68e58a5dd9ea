/** What a host refuses, and its memory. */
import { cut, type Guard } from './guard.ts';
import { all, bentOn, happens, policies } from './likely.ts';

const FENCE = 'local/hosts/judge-fence.ts';
const RUN = 'local/hosts/command-run.ts';
const INSPECT = 'local/hosts/inspect.ts';
const UPDATE = 'local/hosts/update-script.ts';

const isIn = (trouble: string) =>
  happens((doing) => doing.kind === 'host_fault' && doing.what === trouble);
const usesCommands = policies(({ runtime }) => runtime === 'command');

export const hostGuards: readonly Guard[] = [
  {
    guard: 'host: 11 locked',
    likely: bentOn('copies'),
    cuts: [cut(RUN, 'if (!slot.isLocked) {', 'if (true) {')],
  },
  {
    guard: 'host: 12 stale',
    likely: happens(({ kind }) => kind === 'repeat'),
    behind: 'the deadline: what is old is late as well',
    cuts: [
      cut(FENCE, 'if (order < 0) {', 'if (false) {'),
      cut(
        FENCE,
        'if (beganAtMs + command.timeout * 1000 > command.deadline * 1000) {',
        'if (false) {',
      ),
    ],
  },
  {
    guard: 'host: 13 expired',
    likely: happens(
      (doing) => doing.kind === 'host_fault' && doing.faults.silent === 'before_work',
    ),
    cuts: [
      cut(
        FENCE,
        'if (beganAtMs + command.timeout * 1000 > command.deadline * 1000) {',
        'if (false) {',
      ),
    ],
  },
  {
    guard: 'host: 14 foreign_owner',
    likely: happens(({ kind }) => kind === 'rename_policy'),
    cuts: [cut(FENCE, 'if (fence.owner !== command.owner) {', 'if (false) {')],
  },
  {
    guard: 'host: 20 bad_payload',
    notOfRollouts:
      'what is sent parses always, which check 3 watches, and a step is never used for two operations',
    heldBy: 'test/hosts/bad-inputs.hosts.ts',
  },
  {
    guard: 'host: 35 autoremove',
    likely: ({ hosts }) => hosts.filter(({ trait }) => trait === 'removes_itself').length,
    cuts: [cut(INSPECT, 'return refused(35,', 'return undefined; void refused(35,')],
  },
  {
    guard: 'host: 42 unfit_host',
    likely: all(bentOn('one_by_one'), isIn('the host is unfit')),
    cuts: [cut(RUN, "} else if (ground.faults().work === 'unfit') {", '} else if (false) {')],
  },
  {
    guard: 'host: 43 managed_by_compose',
    likely: ({ hosts }) => hosts.filter(({ trait }) => trait === 'managed').length,
    cuts: [
      cut(
        INSPECT,
        "case 'managed':\n      return refused(43, 'managed_by_compose: another orchestrator owns this container');",
        "case 'managed': return undefined;",
      ),
    ],
  },
  {
    guard: 'host: 44 drift',
    likely: bentOn('hands'),
    cuts: [cut(INSPECT, 'if (slot.recorded && !isCurrent(work, container)) {', 'if (false) {')],
  },
  {
    guard: 'host: 45 baseline_unhealthy',
    likely: isIn('every check fails'),
    cuts: [
      cut(UPDATE, 'if (isWell) return undefined;', 'if (isWell || work.id) return undefined;'),
    ],
  },
  {
    guard: 'host: 48 inspect_incomplete',
    likely: ({ hosts }) => hosts.filter(({ trait }) => trait === 'depended_on').length,
    cuts: [cut(INSPECT, "case 'depended_on':\n      return", "case 'depended_on': void")],
  },
  {
    guard: 'host: 51 no_command',
    likely: all(bentOn('one_by_one'), isIn('own commands are missing'), usesCommands),
    cuts: [
      cut(
        INSPECT,
        "if (work.mode === 'command' && faults().custom !== undefined)",
        "if (work.mode === 'command' && faults().custom === 'no_digest')",
      ),
      cut(
        UPDATE,
        "if (work.command.check?.health === 'custom' && ground.faults().custom === 'missing') {",
        'if (false) {',
      ),
    ],
  },
  {
    guard: 'host: the memory of an equal step',
    likely: happens(({ kind }) => kind === 'repeat'),
    cuts: [
      cut(FENCE, 'if (order === 0 && slot.journal === undefined && isAnswered) {', 'if (false) {'),
    ],
  },
  {
    guard: 'host: a fence that is lost stands on the labels',
    likely: bentOn('hands'),
    cuts: [cut(FENCE, 'slot.fence ?? readLabels(slot)', 'slot.fence')],
  },
];
