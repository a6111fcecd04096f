/** What the page's own protocol answers, before Electron has anything to do with it. */
export interface PageAnswer {
  readonly status: number
  /** Media type of the body. */
  readonly type?: string
  readonly body?: string | Buffer
  /** In place of those that every answer has. */
  readonly headers?: Readonly<Record<string, string>>
}

export function statusAnswer(status: number): PageAnswer {
  return { status }
}
