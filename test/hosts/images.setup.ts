/** Builds the image set once for all files; each host's registry serves a copy of its storage. */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { Engine } from '#local/docker/engine.ts';
import { type PushedImage, pushImage } from '#local/docker/images.ts';
import { Registry } from '#local/docker/registry.ts';
import { IMAGE_SPECS, type ImageSet } from './image-set.ts';

declare module 'vitest' {
  interface ProvidedContext {
    images: ImageSet;
    imageStorage: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'longshore-images-'));
  const engine = new Engine();
  try {
    await engine.boot();
    const storage = path.join(engine.folder, 'images');
    const registry = new Registry(engine, { storage });
    await registry.start();
    const images: Record<string, PushedImage> = {};
    for (const [version, spec] of Object.entries(IMAGE_SPECS)) {
      images[version] = await pushImage(engine, registry, spec);
    }
    await engine.powerCut();
    renameSync(storage, path.join(folder, 'images'));
    project.provide('images', images as ImageSet);
    project.provide('imageStorage', path.join(folder, 'images'));
  } finally {
    await engine.stop();
  }
  return () => rmSync(folder, { recursive: true });
}
