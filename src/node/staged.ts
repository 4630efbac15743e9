import type { Database, Write } from '../store/database.ts'

/**
 * A change that is in memory already and not yet on the disk. Reading, signing and staging go without a pause in
 * between, so that two who sign at a time cannot both build on the same state: that would be equivocation.
 */
export interface Staged {
  readonly writes: readonly Write[]
  /** Takes it back from memory: it could not be written. */
  undo(): void
}

/** Puts staged changes on the disk, all or none. */
export async function commitStaged(
  database: Database,
  staged: readonly Staged[],
  more: readonly Write[] = [],
): Promise<void> {
  try {
    await database.batch([...staged.flatMap(({ writes }) => writes), ...more], { sync: true })
  } catch (error) {
    for (const change of staged.toReversed()) change.undo()
    throw error
  }
}
