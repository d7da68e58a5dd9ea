/**
 * The SSM Command document that carries the script of hosts/script/ to a host, schema 2.2.
 *
 * - The script travels gzipped in base64. Its Go templates are full of `{{ }}`, which the agent, and perhaps
 *   the service, take for parameters; in base64 there is none. The only two in the document are our own.
 * - The payload reaches the script as data: by environment from agents that know ENV_VAR (3.3.2746.0 and
 *   newer); older ones put the text in place, which the pattern (base64's alphabet) makes harmless.
 * - Same script, same bytes, on every builder's machine: the document's name and its hash are made from
 *   them. Hence Huffman codes alone (the matcher of Node's zlib may differ between processors) and no
 *   operating system in the header.
 * - SSM's hash is the SHA-256 of the content as stored, to the byte: the published text of
 *   AWS-RunShellScript hashes to the published hash of its version 1.
 */
import { createHash } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';

/** 64 KB: SSM refuses a larger document. */
const DOCUMENT_BYTES = 65_536;
/** Byte 9 of a gzip header names the system that packed it; 255 is "unknown" (RFC 1952). */
const GZIP_SYSTEM_BYTE = 9;

export interface HostDocument {
  /** JSON, exactly as it must be stored. */
  content: string;
  /** SHA-256 of `content`, in hex: SendCommand's DocumentHash. */
  hash: string;
}

/** Throws RangeError when the script does not fit into a document. */
export function buildHostDocument(script: string): HostDocument {
  const content = JSON.stringify({
    schemaVersion: '2.2',
    description: 'Longshore: update, probe, restore or ask about one container of this host.',
    parameters: {
      payload: {
        type: 'String',
        description: 'The command: base64 of key=value lines.',
        interpolationType: 'ENV_VAR',
        allowedPattern: '^[A-Za-z0-9+/=]{1,4096}$',
      },
      executionTimeout: {
        type: 'String',
        description: 'Seconds that the command may take on the host.',
        default: '600',
        // The agent silently replaces what is under 5 or over 172,800 by 3,600.
        allowedPattern:
          '^([5-9]|[1-9][0-9]{1,4}|1[0-6][0-9]{4}|17[01][0-9]{3}|172[0-7][0-9]{2}|172800)$',
      },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'longshore',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: {
          timeoutSeconds: '{{ executionTimeout }}',
          runCommand: [
            '#!/bin/sh',
            // No script, no line: the controller takes the host for unknown, and asks.
            `S=$(printf %s '${packScript(script)}' | base64 -d | gzip -dc) || exit 1`,
            `P=\${SSM_payload:-'{{ payload }}'}`,
            'exec sh -c "$S" longshore-host "$P"',
          ],
        },
      },
    ],
  });
  const bytes = Buffer.byteLength(content);
  if (bytes >= DOCUMENT_BYTES) {
    throw new RangeError(`host document: ${bytes} bytes do not fit into the 65,535 that SSM takes`);
  }
  return { content, hash: createHash('sha256').update(content).digest('hex') };
}

function packScript(script: string): string {
  const packed = gzipSync(script, { level: 9, strategy: constants.Z_HUFFMAN_ONLY });
  packed[GZIP_SYSTEM_BYTE] = 255;
  return packed.toString('base64');
}
