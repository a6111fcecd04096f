/** New ids for types, fields and choices made on this page. */
import { newId } from '../../core/model/id.ts'

export function freshId(): string {
  return newId(bytes => crypto.getRandomValues(new Uint8Array(bytes)))
}
