/** Rollouts for people: a list of them, one with its bars, its hosts; at most 100 columns. */
import type { Chunk } from '#core/chunk.ts';
import { shortAsker } from '#core/principal.ts';
import { type Rollout, rolloutTitle, standingOf } from '#core/rollout.ts';
import { isOpen } from '#core/status.ts';
import { type Paint, styleOf } from '#core/view/format.ts';
import { glanceAt } from '#core/view/host-glance.ts';
import { renderRollout } from '#core/view/render-rollout.ts';
import { type Progress, viewRollout } from '#core/view/rollout-view.ts';
import { toneOf } from '#core/view/tone.ts';
import type { Screen } from './around.ts';
import { isoOf, line, paintFor, renderSections, wrap } from './format.ts';
import { nextSteps, reasonOf, renderSteps } from './reason.ts';

const COLUMNS = 100;

export function progressOf(rollout: Rollout, chunks: readonly Chunk[]): Progress {
  // What does not match the plan's hash does not exist.
  const own = chunks.filter(({ plan_hash }) => plan_hash === rollout.plan_hash);
  return { rollout, chunks: new Map(own.map((chunk) => [chunk.chunk, glanceAt(chunk)])) };
}

export function renderPicture({ rollout, chunks }: Progress, nowMs: number, out: Screen): string[] {
  const columns = Math.min(COLUMNS, out.columns ?? COLUMNS);
  const frame = { nowMs, rollout: viewRollout({ rollout, chunks }), verdict: undefined };
  return renderRollout(frame, { columns, paint: paintFor(out) });
}

export function renderOne(progress: Progress, nowMs: number, out: Screen): string {
  const { rollout } = progress;
  const { image, previous, repository, plan_hash: plan } = rollout;
  const before = previous.tag === '' ? '' : `before: ${previous.tag} ${previous.digest}`;
  const sections: [title: string, texts: string[]][] = [
    ['Why', [reasonOf(rollout)]],
    ['Image', [`${repository}:${image.tag} ${image.digest}`, before]],
    ['Rollout', [`${rollout.rollout}, triggered by ${rollout.triggered_by}${askedBy(rollout)}`]],
    ['Plan', [plan ?? '']],
    ['Times', [timesOf(rollout)]],
    ['Next', renderSteps(nextSteps(rollout))],
  ];
  const lines = sections.map(
    ([title, texts]) => [title, texts.filter(Boolean).map((text) => line(text))] as const,
  );
  const below = renderSections(lines, paintFor(out)).replaceAll('\n\n', '\n');
  return `${renderPicture(progress, nowMs, out).join('\n')}\n\n${below}`;
}

function askedBy({ requested, lifted }: Rollout): string {
  const asked = requested ?? lifted;
  return asked === undefined ? '' : `, asked for by ${shortAsker(asked.by)}`;
}

function timesOf({ created_at_ms: madeAtMs, completed_at_ms: endedAtMs }: Rollout): string {
  const made = `made ${isoOf(madeAtMs)}`;
  return endedAtMs === undefined ? made : `${made}, ended ${isoOf(endedAtMs)}`;
}

/** Every planned host that has an item: `i-0…  batch 1  failed  sha256:1… → sha256:2…  why`. */
export function renderHosts(chunks: readonly Chunk[]): string {
  const rows = chunks.flatMap(({ batch, hosts }) => hosts.map((host) => ({ batch, ...host })));
  if (rows.length === 0) return 'No host was touched.\n';
  const nameWidth = Math.max(...rows.map(({ host }) => host.length));
  const statusWidth = Math.max(...rows.map(({ status }) => status.length));
  const lines = rows.flatMap(({ host, batch, status, error, ...row }) => {
    const runs = row.digest_after || row.digest_before;
    const short = runs === '' ? '' : `runs ${runs.slice(0, 'sha256:'.length + 12)}`;
    const title = `${host.padEnd(nameWidth)}  batch ${batch + 1}  ${status.padEnd(statusWidth)}`;
    const text = [title, short, error].filter((part) => part !== '').join('  ');
    return wrap(line(text.trimEnd(), title.length + 2), 0);
  });
  return `${lines.join('\n')}\n`;
}

/** A line for each, and why below those that are under way. */
export function renderList(rollouts: readonly Rollout[], out: Screen): string {
  const paint = paintFor(out);
  const open = rollouts.filter((rollout) => isOpen(standingOf(rollout)));
  const ended = rollouts.filter((rollout) => !open.includes(rollout));
  const widths = widthsOf(rollouts);
  const block = (title: string, of: readonly Rollout[], areOpen: boolean) => [
    ...(of.length === 0 ? [] : [paint('bold', title)]),
    ...of.flatMap((rollout) => renderRow(rollout, widths, areOpen, paint)),
  ];
  return [
    ...block('Under way', open, true),
    ...(open.length > 0 && ended.length > 0 ? [''] : []),
    ...block('Ended', ended, false),
  ]
    .map((text) => `${text}\n`)
    .join('');
}

type Widths = Readonly<Record<'title' | 'image' | 'status', number>>;

function widthsOf(rollouts: readonly Rollout[]): Widths {
  const widest = (text: (rollout: Rollout) => string) =>
    Math.max(...rollouts.map((rollout) => text(rollout).length));
  return { title: widest(rolloutTitle), image: widest(imageOf), status: widest(standingOf) };
}

function imageOf({ repository, previous, image }: Rollout): string {
  return `${repository} ${previous.tag || 'nothing'} → ${image.tag}`;
}

function renderRow(rollout: Rollout, widths: Widths, isOpen: boolean, paint: Paint): string[] {
  const { plan, batch, completed_at_ms: endedAtMs, created_at_ms: madeAtMs } = rollout;
  const standing = standingOf(rollout);
  const status =
    paint(styleOf(toneOf(standing)), standing) + ' '.repeat(widths.status - standing.length);
  const batches =
    plan === undefined || batch === -1
      ? 'not begun'
      : `batch ${batch + 1} of ${plan.batches.length}`;
  const since = isOpen ? `since ${isoOf(madeAtMs)}` : isoOf(endedAtMs ?? madeAtMs);
  const image = imageOf(rollout).padEnd(widths.image);
  const row = `  ${rolloutTitle(rollout).padEnd(widths.title)}  ${image}  ${status}  ${batches}, ${since}`;
  return isOpen ? [row, ...wrap(line(reasonOf(rollout)), 4 + widths.title)] : [row];
}
