import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: '為繞過審查的人搭一座橋',
  short: '搭一座橋',
  description:
    '只要這個分頁開著，您的瀏覽器就會為網路受到審查的人轉送加密流量。關掉開關或關閉分頁，轉送隨即停止。',
  promise: '您不是出口節點：網站永遠看不到您的位址。',
  off: '已關閉。沒有任何程式在執行。',
  on: '已開啟。',
  failed: '無法開啟。',
  unseen: '無法開啟：開關被隱藏、變淡或遮住了。請讓它完整顯示，再按一次。',
  how: '運作方式',
  limits: '您的限制',
  close: '關閉面板',
  dismiss: '先不要',
}

export const live: LiveText = {
  testing: '正在測試這個瀏覽器能否提供幫助…',
  connecting: '正在連線到網路…',
  waiting: '已就緒。目前沒有人需要幫助。',
  helping: { other: '正在幫助 {count} 人。' },
  paused: '已暫停。',
  unsuitable: '這個瀏覽器無法提供幫助。',
  reasons: {
    'connection-budget': '已暫停：這個分頁已達瀏覽器一次允許的連線數。稍後會自動繼續；重新載入則立即繼續。',
    'day-quota': '已暫停：今天的流量已用完，明天繼續。',
    'month-quota': '已暫停：本月的流量已用完，下個月繼續。',
    hours: '已暫停：現在不在您選擇的時段內。',
    'save-data': '已暫停：您的瀏覽器開啟了節省數據模式。',
    cellular: '使用行動數據期間已暫停。',
    battery: '已暫停：電量不足，開始充電後繼續。',
    descriptor: '已暫停：網路的設定有誤，需由其營運者修正。修正後會自動繼續。',
    unreachable: '無法連線到網路，正在重試…',
    'no-webrtc': '這個瀏覽器無法提供幫助：缺少 WebRTC 或已被關閉。',
    'udp-blocked': '目前的網路封鎖了 UDP，因此無法提供幫助。換一個網路也許可以。',
    'censored-country': '在您所在的地方，提供幫助可能為您帶來危險，因此不會有人被分派給您。感謝您的心意。',
    version: '這個頁面已過期，請重新載入後繼續。',
  },

  howSealed: '您的瀏覽器在受審查的人與出口伺服器之間傳遞密封的封包，既打不開，也看不到它們要去哪些網站。',
  howSeen:
    '與任何瀏覽器之間的通話一樣，您幫助的人和本網路的伺服器看得到您的 IP 位址，但沒有人會被告知您是誰。',
  howCost: '它會用到您的一部分頻寬和電力。上限由您決定。',
  howKept: '您的選擇會在這個瀏覽器中保存 30 天，下次造訪時自動繼續。關掉開關即刪除。',

  now: '正在幫助',
  times: '幫助次數',
  passedOn: '已轉送',
  duration: '開啟時間',

  people: '同時幫助的人數',
  peopleCount: { other: '{count} 人' },
  rate: '總速度',
  day: '每日流量',
  month: '每月流量',
  hours: '時段',
  unlimited: '不限',
  voiceCall: '約一通語音通話',
  videoCall: '約一通視訊通話',
  film: '約一部高畫質電影',
  sharpFilm: '約一部 4K 電影',
  download: '約一次大檔案下載',
  ofVideo: '約 {time}影片',
  anyTime: '任何時間',
  onlyBetween: '僅限時段',
  from: '從',
  until: '到',
  siteAllows: '這個網站最多允許 {value}。',
  limitsKept:
    '變更立即生效，並保存在這個瀏覽器中。使用行動數據、電量不足或瀏覽器開啟節省數據模式時，只要瀏覽器告知，它會自動暫停。',
}
