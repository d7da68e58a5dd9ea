/** One case of a choice among tags: what is in the registry, and which tag wins. */
export interface TagCase {
  /** Finishes "takes". */
  what: string;
  /** What the policy's `tag_choice` says beside its type. */
  choice?: Record<string, unknown>;
  /** An image each, one pushed a minute after the other; several tags of one stand side by side. */
  images: readonly string[];
  chosen: string | undefined;
  /** Why these lose. */
  losers?: Readonly<Record<string, string>>;
}
