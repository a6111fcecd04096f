/** What the page's own protocol answers, before Electron has anything to do with it. */
export interface PageAnswer {
  readonly status: number
  /** Media type of the body. */
  readonly type?: string
  readonly body?: string | Buffer
  /** In place of those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer whose body is read from the disk while it is taken. */
export interface StreamedAnswer extends Omit<PageAnswer, 'body'> {
  readonly pieces?: AsyncIterable<Uint8Array>
  /** Once no more pieces are taken, in whatever way it ended. */
  close(): Promise<void>
}

export function statusAnswer(status: number): PageAnswer {
  return { status }
}
