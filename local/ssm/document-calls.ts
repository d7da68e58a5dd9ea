/** CreateDocument, DescribeDocument and DeleteDocument over the wire. */
import * as z from 'zod';
import { parseInput } from '../service-input.ts';
import type { Documents } from './documents.ts';

const CreateDocument = z.looseObject({
  Name: z.string().regex(/^[a-zA-Z0-9_\-.]{3,128}$/),
  Content: z.string().min(1),
  DocumentType: z.literal('Command').default('Command'),
  DocumentFormat: z.literal('JSON').default('JSON'),
});
const DescribeDocument = z.looseObject({
  Name: z.string(),
  DocumentVersion: z.string().optional(),
});
const DeleteDocument = z.looseObject({ Name: z.string() });

export function createDocument(
  documents: Documents,
  input: Record<string, unknown>,
  nowMs: number,
): Record<string, unknown> {
  const { Name, Content } = parseInput(CreateDocument, input);
  const document = documents.create(Name, Content, nowMs);
  return { DocumentDescription: documents.describe(document) };
}

export function describeDocument(
  documents: Documents,
  input: Record<string, unknown>,
): Record<string, unknown> {
  const { Name, DocumentVersion } = parseInput(DescribeDocument, input);
  return { Document: documents.describe(documents.find(Name, DocumentVersion)) };
}

export function deleteDocument(
  documents: Documents,
  input: Record<string, unknown>,
): Record<string, unknown> {
  documents.delete(parseInput(DeleteDocument, input).Name);
  return {};
}
