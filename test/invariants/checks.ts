/** Every check: the invariants of docs/architecture.md in their order, then those of the hosts' own (I…). */
import type { Grants } from '#test/cloud/granted-actions.ts';
import { oneSender } from './01-one-sender.ts';
import { judgedAnew } from './02-looked-at.ts';
import { oneByOne } from './02-one-by-one.ts';
import { withinThresholds } from './02-thresholds.ts';
import { fewUnavailable } from './02-unavailable.ts';
import { sentWithinGate } from './03-gate.ts';
import { askedSinceBegun } from './03-since-begun.ts';
import { sentWithinWindow } from './03-window.ts';
import { batchAfterBatch } from './04-batch-order.ts';
import { endedWhole } from './05-end.ts';
import { recordedAsTold } from './05-recorded.ts';
import { endsForGood } from './05-settled.ts';
import { wentBack } from './06-way-back.ts';
import { looksFirst } from './07-looked-first.ts';
import { swappedOnce } from './07-one-swap.ts';
import { begunByNews } from './08-beginnings.ts';
import { levelTriggered } from './08-level.ts';
import { fenced } from './09-fence.ts';
import { keptDenied } from './10-denied.ts';
import { sentAsApproved } from './11-approval.ts';
import { askedForThis } from './11-asked.ts';
import { noneOverdue } from './12-overdue.ts';
import { wakesWhoWaits } from './12-woken.ts';
import { foldedLog } from './13-log.ts';
import { movesLegally } from './13-moves.ts';
import { openedByRedrive } from './13-redriven.ts';
import { smallEnough } from './14-sizes.ts';
import type { Check } from './check.ts';
import { granted } from './granted.ts';
import { oneRuns } from './i03-one-runs.ts';
import { restsAsRecorded } from './i04-at-rest.ts';
import { toldByHost } from './i05-told.ts';
import { plannedHosts } from './i18-planned-hosts.ts';
import { oneDigest } from './i19-one-digest.ts';
import { oldKept } from './i22-old-kept.ts';
import { untouched } from './i23-untouched.ts';
import { poisonAlone } from './i25-alone.ts';
import { leftAlone } from './left-alone.ts';
import { toldByOne } from './told-people.ts';
import { writtenOverNothing } from './written-once.ts';

export function allChecks(grants: Grants): readonly Check[] {
  return [
    oneSender,
    fewUnavailable,
    oneByOne,
    withinThresholds,
    judgedAnew,
    sentWithinGate,
    askedSinceBegun,
    sentWithinWindow,
    batchAfterBatch,
    endedWhole,
    recordedAsTold,
    endsForGood,
    wentBack,
    swappedOnce,
    looksFirst,
    begunByNews,
    levelTriggered,
    fenced,
    keptDenied,
    sentAsApproved,
    askedForThis,
    noneOverdue,
    wakesWhoWaits,
    foldedLog,
    movesLegally,
    openedByRedrive,
    smallEnough,
    oneRuns,
    restsAsRecorded,
    toldByHost,
    plannedHosts,
    oneDigest,
    oldKept,
    untouched,
    poisonAlone,
    writtenOverNothing,
    leftAlone,
    toldByOne,
    granted(grants),
  ];
}
