declare module '*.vue' {
  import type { DefineComponent } from 'vue'

  const component: DefineComponent<{ network: string }>
  export default component
}
