import { createApp } from 'vue'
import App from './app.vue'

createApp(App, { network: '/v1/network' }).mount(document.body.appendChild(document.createElement('div')))
