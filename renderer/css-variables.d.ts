/** Lets React's style prop carry custom properties; they are set through the CSSOM, which the page's policy allows. */
import 'react'

declare module 'react' {
  interface CSSProperties {
    [name: `--${string}`]: string | number | undefined
  }
}
