/** The document's own lines, as the agent gets them. */
import { buildHostDocument } from '#hosts/document.ts';
import { readHostScript } from '#hosts/read-script.ts';

export const SCRIPT_LINES: string[] = JSON.parse(
  buildHostDocument(readHostScript('hosts/script')).content,
).mainSteps[0].inputs.runCommand;
