/** What an answer of a host, or none, makes of it. */
import { cut, type Guard } from './guard.ts';
import { all, bentOn, happens, policies } from './likely.ts';

const RESULT = 'core/judge-result.ts';
const HOST = 'core/judge-host.ts';

const soaks = policies(({ soak_seconds: soak }) => Number(soak) > 0);
const isDone = policies(({ soak_seconds: soak }) => soak === 0);

export const answerGuards: readonly Guard[] = [
  {
    guard: `${RESULT} judgeResult / any outcome is an update`,
    cuts: [
      cut(
        RESULT,
        "if (result.outcome === 'updated' || result.outcome === 'unchanged') {\n    if (result.new !== expected.digest || !result.healthy) {",
        'if (result.new === expected.digest || result.outcome) {\n    if (false) {',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / busy`,
    likely: bentOn('copies'),
    cuts: [
      cut(
        RESULT,
        "if (result.outcome === 'busy') {\n    return { ...answered, phase: 'asking'",
        "if (false) {\n    return { ...answered, phase: 'asking'",
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / no Engine`,
    likely: happens((doing) => doing.kind === 'host_fault' && doing.what === 'Docker is down'),
    cuts: [
      cut(
        RESULT,
        'if (result.code === NO_ENGINE) return { ...answered',
        'if (false) return { ...answered',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / refused untouched`,
    likely: happens(({ kind }) => kind === 'rename_policy'),
    cuts: [
      cut(
        RESULT,
        "if (result.outcome === 'refused' && [12, 13, 14].includes(result.code)) {",
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / a probe that is well`,
    likely: all(
      policies(({ soak_seconds: soak }) => Number(soak) > 0),
      happens((doing) => doing.kind === 'push' && doing.what === 'dies later'),
    ),
    cuts: [
      cut(
        RESULT,
        "if (result.outcome === 'healthy' && result.new === expected.digest) {",
        'if (result.new === expected.digest) {',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / a probe of another digest`,
    likely: bentOn('hands'),
    cuts: [
      cut(
        RESULT,
        "if (result.outcome === 'healthy' && result.new === expected.digest) {",
        "if (result.outcome === 'healthy') {",
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / back is what it recorded`,
    likely: bentOn('hands'),
    cuts: [
      cut(
        RESULT,
        "if (host.digest_before !== '' && host.digest_before !== result.new) {",
        'if (false) {',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / back is an answer`,
    likely: bentOn('hands'),
    cuts: [
      cut(RESULT, 'if (!isBack) return notBack(answered', 'if (false) return notBack(answered'),
    ],
  },
  {
    guard: `${RESULT} judgeResult / a status of this very step`,
    likely: bentOn('silence', 'hands', 'takeovers', 'windows'),
    cuts: [
      cut(
        RESULT,
        'result.fence_gen === command.generation && result.fence_step === host.step',
        'result.outcome === result.outcome',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / a status that is up`,
    likely: all(bentOn('silence'), isDone),
    cuts: [
      cut(
        RESULT,
        'const isUp = result.new === expected.digest && result.healthy;',
        'const isUp = true;',
      ),
    ],
  },
  {
    guard: `${RESULT} judgeResult / a status at work still`,
    likely: all(bentOn('silence'), isDone),
    cuts: [
      cut(
        RESULT,
        "if (isUp && (result.last_outcome === 'updated' || result.last_outcome === 'unchanged')) {",
        'if (isUp) {',
      ),
    ],
  },
  {
    guard: `${RESULT} isWayBack`,
    cuts: [cut(RESULT, 'return command.generation !== expected.generation;', 'return false;')],
  },
  {
    guard: `${RESULT} judgeSilence`,
    cuts: [
      cut(
        RESULT,
        "if (command.action !== 'restore') return unknown(host, said, atMs);",
        "if (command.action !== 'restore') return failed(host, said, atMs);",
      ),
    ],
  },
  {
    guard: `${RESULT} judgeSilence / success`,
    cuts: [
      cut(
        RESULT,
        "if (command.action !== 'restore') return unknown(host, said, atMs);",
        "if (command.action !== 'restore') return { ...host, status: 'completed', phase: 'done', digest_after: expected.digest, completed_at_ms: atMs };",
      ),
    ],
  },
  {
    guard: `${HOST} judgeHost / not ended`,
    cuts: [cut(HOST, 'if (!hasEnded(invocation) && !at.isOver) return host;', '')],
  },
  {
    guard: `${HOST} judgeHost / of this rollout`,
    behind: 'its generation and step, which are the rollout’s own',
    likely: all(bentOn('silence'), soaks),
    cuts: [
      cut(HOST, 'if (result.rollout !== rollout) return', 'if (false) return'),
      cut(HOST, 'if (!isOurs) {', 'if (false) {'),
    ],
  },
  {
    guard: `${HOST} judgeHost / of this step`,
    likely: all(bentOn('silence'), soaks),
    cuts: [cut(HOST, 'if (!isOurs) {', 'if (false) {')],
  },
  {
    guard: `${HOST} judgeHost / the agent says the same`,
    likely: happens(
      (doing) => doing.kind === 'host_fault' && doing.what === 'the exit code is another',
    ),
    cuts: [
      cut(
        HOST,
        'return exitCode === undefined || exitCode === result.code',
        'return exitCode !== -2',
      ),
    ],
  },
  {
    guard: `${HOST} judgeAnswers / an end for each`,
    likely: bentOn('takeovers', 'retries'),
    cuts: [
      cut(
        HOST,
        'const ended = isOver || command.hosts.every((host) => hasEnded(byHost.get(host)));',
        'const ended = true;',
      ),
    ],
  },
];
