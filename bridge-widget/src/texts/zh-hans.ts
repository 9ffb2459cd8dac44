import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: '为绕过审查的人架一座桥',
  short: '架一座桥',
  description:
    '只要此标签页开着，您的浏览器就会为网络受到审查的人转发加密流量。关掉开关或关闭标签页，转发随即停止。',
  promise: '您不是出口节点：网站永远看不到您的地址。',
  off: '已关闭。没有任何程序在运行。',
  on: '已开启。',
  failed: '无法开启。',
  unseen: '无法开启：开关被隐藏、变淡或遮住了。请让它完整显示，再按一次。',
  how: '工作原理',
  limits: '您的限制',
  close: '关闭面板',
  dismiss: '暂时不用',
}

export const live: LiveText = {
  testing: '正在测试此浏览器能否提供帮助…',
  connecting: '正在连接网络…',
  waiting: '已就绪。目前没有人需要帮助。',
  helping: { other: '正在帮助 {count} 人。' },
  paused: '已暂停。',
  unsuitable: '此浏览器无法提供帮助。',
  reasons: {
    'connection-budget': '已暂停：此标签页已达到浏览器一次允许的连接数。稍后会自动继续；重新加载则立即继续。',
    'day-quota': '已暂停：今天的流量已用完，明天继续。',
    'month-quota': '已暂停：本月的流量已用完，下个月继续。',
    hours: '已暂停：现在不在您选择的时段内。',
    'save-data': '已暂停：您的浏览器开启了省流量模式。',
    cellular: '使用移动数据期间已暂停。',
    battery: '已暂停：电量不足，开始充电后继续。',
    descriptor: '已暂停：网络的设置有误，需由其运营者修正。修正后会自动继续。',
    unreachable: '无法连接到网络，正在重试…',
    'no-webrtc': '此浏览器无法提供帮助：缺少 WebRTC 或已被关闭。',
    'udp-blocked': '当前网络屏蔽了 UDP，因此无法提供帮助。换一个网络也许可以。',
    'censored-country': '在您所在的地方，提供帮助可能给您带来危险，因此不会有人被分配给您。感谢您的心意。',
    version: '此页面已过期，请重新加载后继续。',
  },

  howSealed: '您的浏览器在受审查的人与出口服务器之间传递密封的数据包，既打不开，也看不到它们去往哪些网站。',
  howSeen:
    '与任何浏览器之间的通话一样，您帮助的人和本网络的服务器能看到您的 IP 地址，但没有人会被告知您是谁。',
  howCost: '它会占用您的一部分网络带宽和电量。上限由您决定。',
  howKept: '您的选择会在此浏览器中保存 30 天，下次访问时自动继续。关闭开关即删除。',

  now: '正在帮助',
  times: '帮助次数',
  passedOn: '已转发',
  duration: '开启时长',

  people: '同时帮助的人数',
  peopleCount: { other: '{count} 人' },
  rate: '总速度',
  day: '每日流量',
  month: '每月流量',
  hours: '时段',
  unlimited: '不限',
  voiceCall: '约一次语音通话',
  videoCall: '约一次视频通话',
  film: '约一部高清电影',
  sharpFilm: '约一部 4K 电影',
  download: '约一次大文件下载',
  ofVideo: '约 {time}视频',
  anyTime: '任何时间',
  onlyBetween: '仅限时段',
  from: '从',
  until: '到',
  siteAllows: '此网站最多允许 {value}。',
  limitsKept:
    '更改立即生效，并保存在此浏览器中。使用移动数据、电量不足或浏览器开启省流量模式时，只要浏览器告知，它会自动暂停。',
}
