/**
 * What the hub provider asks of the machine it runs on: one authenticated TLS way to one hub. Requests fail as data; an
 * implementation must not let a byte of a request leave before the other end has proved who it is.
 */
import type { Observable } from 'rxjs'
import type { Failure, Result } from '../../model/failure.ts'

export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'HEAD' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly bearer: string | null
  readonly body: string | null
  readonly signal: AbortSignal
}

export interface HubReply {
  readonly status: number
  /** The Retry-After header in seconds, where there is a sensible one. */
  readonly retryAfter: number | null
  readonly body: string
  /** The upload-offset header, where there is one. */
  readonly offset?: number | undefined
}

/** A PUT of bytes as they come. */
export interface HubUpload extends Pick<HubRequest, 'path' | 'bearer' | 'signal'> {
  readonly headers: Readonly<Record<string, string>>
  /** Of `body`, which must give exactly so many bytes. */
  readonly length: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface HubDownload extends Pick<HubRequest, 'path' | 'bearer' | 'signal'> {
  /** First byte asked for. */
  readonly from: number
}

export interface HubStreamListener {
  /** The hub has accepted the stream. */
  open(): void
  text(chunk: string): void
  /** Called once, last: a status other than 200, a failure on the way, or null when the hub ended it. */
  end(why: { readonly status: number; readonly retryAfter: number | null } | Failure | null): void
}

export interface HubTransport {
  /** Any status is a success here; a failure is about the way: offline, unreachable, untrusted. Times out by itself. */
  request(request: HubRequest): Promise<Result<HubReply>>
  /** Answered early, the rest is not sent. What `body` throws is thrown on. */
  upload(upload: HubUpload): Promise<Result<HubReply>>
  /**
   * An answer's bytes as they come, with the length of the whole, each piece once the one before was taken; only of an
   * answer that begins where it was asked to. What `sink` throws is thrown on. Succeeds once all came.
   */
  download(
    download: HubDownload,
    sink: (chunk: Uint8Array, bytes: number) => Promise<void>,
  ): Promise<Result<Pick<HubReply, 'status' | 'retryAfter'>>>
  /** A long answer, as it comes. The returned function ends it, without a call of `end`. */
  stream(request: Pick<HubRequest, 'path' | 'bearer'>, listener: HubStreamListener): () => void
  /** Totals on the wire, TLS included where it can be told. */
  readonly bytes$: Observable<{ readonly sent: number; readonly received: number }>
  /** What was negotiated last, e.g. "TLS 1.3"; undefined before the first contact. */
  negotiated(): string | undefined
  close(): Promise<void>
}
