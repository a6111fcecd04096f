/** What is shown when a screen throws: plain words and a reload, instead of a blank window. */
import { Component } from 'react'
import type { ReactNode } from 'react'
import { words } from '../words/app.ts'
import { Button } from './button.tsx'
import { EmptyState } from './empty-state.tsx'

export class Crash extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false }

  static getDerivedStateFromError() {
    return { broken: true }
  }

  override render() {
    if (!this.state.broken) return this.props.children
    return (
      <EmptyState title={words.crashTitle} body={words.crashBody}>
        <Button variant="primary" onClick={() => location.reload()}>
          {words.reload}
        </Button>
      </EmptyState>
    )
  }
}
