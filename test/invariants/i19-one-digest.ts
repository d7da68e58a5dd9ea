/**
 * Every host of a rollout gets the one digest that its target desired when it was made, by digest, and the pinned
 * version of the document.
 */
import type { Check } from './check.ts';

export const oneDigest: Check = {
  name: 'I19',
  begin: ({ mirror, report }) => ({
    onSend: ({ command, call }) => {
      const rollout = mirror.rollout(command.rollout);
      if (rollout === undefined) return;
      const { image, document } = rollout;
      if (
        command.op === 'update' &&
        !command.ref?.endsWith(`${image.repository}@${image.digest}`)
      ) {
        report(`${command.rollout} sent ${command.ref}, and is about ${image.digest}`);
      }
      const { DocumentVersion: version, DocumentHash: hash } = call.input;
      if (version !== document.version || hash !== document.hash) {
        report(`${command.rollout} sent by version ${version} of the document, not by its own`);
      }
    },
    onWrite: ({ kind, before, after }) => {
      if (kind !== 'meta' || before === undefined || after === undefined) return;
      if (before.image.digest !== after.image.digest) {
        report(`${after.rollout} has another image than it had`);
      }
    },
  }),
};
