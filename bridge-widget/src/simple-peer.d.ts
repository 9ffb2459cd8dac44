/** The build of simple-peer that bundlers take: the package's main file wants Node's modules. */
declare module 'simple-peer/simplepeer.min.js' {
  const SimplePeer: unknown
  export = SimplePeer
}
