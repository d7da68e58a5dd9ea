/** Synthesizes the stack once for all tests: what `cdk synth` writes, without the lambdas' bundles. */
import type { TestProject } from 'vitest/node';
import { synthesizeTemplate } from '#lib/longshore-app.ts';

declare module 'vitest' {
  interface ProvidedContext {
    template: string;
  }
}

export default function setup(project: TestProject): void {
  project.provide('template', JSON.stringify(synthesizeTemplate()));
}
