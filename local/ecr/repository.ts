/**
 * One repository: images by digest, tags that point at them.
 *
 * Invariants: a tag points at one image; moving it leaves the other image without that tag, not
 * deleted. `pushedAtMs` is the digest's first push: a new tag does not change it, as in the service,
 * so an old image that is tagged again is not the newest push.
 */
import type { StoredManifest } from './manifest.ts';

export interface StoredImage {
  readonly digest: string;
  readonly manifest: StoredManifest;
  readonly pushedAtMs: number;
  readonly sizeBytes: number;
}

export class Repository {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number;
  isImmutable: boolean;
  readonly #images = new Map<string, StoredImage>();
  readonly #tags = new Map<string, string>();
  /** The same, read the other way: thousands of tags are asked for by digest. */
  readonly #tagsByDigest = new Map<string, Set<string>>();

  constructor(of: { name: string; arn: string; createdAtMs: number; isImmutable: boolean }) {
    this.name = of.name;
    this.arn = of.arn;
    this.createdAtMs = of.createdAtMs;
    this.isImmutable = of.isImmutable;
  }

  /** Oldest push first. */
  get images(): StoredImage[] {
    return [...this.#images.values()];
  }

  find(reference: {
    digest?: string | undefined;
    tag?: string | undefined;
  }): StoredImage | undefined {
    const { digest, tag } = reference;
    const tagged = tag === undefined ? digest : this.#tags.get(tag);
    if (tagged === undefined || (digest !== undefined && digest !== tagged)) return undefined;
    return this.#images.get(tagged);
  }

  tagsOf(digest: string): string[] {
    return [...(this.#tagsByDigest.get(digest) ?? [])];
  }

  /** Keeps the image and points the tag at it. False where nothing changes. */
  put(image: StoredImage, tag: string | undefined): boolean {
    const isKnown = this.#images.has(image.digest);
    if (isKnown && (tag === undefined || this.#tags.get(tag) === image.digest)) return false;
    if (!isKnown) this.#images.set(image.digest, image);
    if (tag !== undefined) this.#point(tag, image.digest);
    return true;
  }

  hasTag(tag: string): boolean {
    return this.#tags.has(tag);
  }

  deleteTag(tag: string): void {
    this.#tagsByDigest.get(this.#tags.get(tag) ?? '')?.delete(tag);
    this.#tags.delete(tag);
  }

  /** The image and all its tags. */
  deleteImage(digest: string): void {
    for (const tag of this.tagsOf(digest)) this.deleteTag(tag);
    this.#images.delete(digest);
  }

  #point(tag: string, digest: string): void {
    this.deleteTag(tag);
    this.#tags.set(tag, digest);
    const tags = this.#tagsByDigest.get(digest) ?? new Set();
    this.#tagsByDigest.set(digest, tags.add(tag));
  }
}
