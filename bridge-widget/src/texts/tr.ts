import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Sansürün üzerinden bir köprü olun',
  short: 'Köprü olun',
  description:
    'Bu sekme açık kaldıkça tarayıcınız, ağı sansürlenen insanların şifreli trafiğini iletir. Kapatın ya da sekmeyi kapatın, hemen durur.',
  promise: 'Çıkış düğümü değilsiniz: Siteler adresinizi asla görmez.',
  off: 'Kapalı. Hiçbir şey çalışmıyor.',
  on: 'Açık.',
  failed: 'Açılamadı.',
  unseen: 'Açılamadı: Anahtar gizli, soluk ya da örtülü. Tamamı görünecek duruma getirip yeniden basın.',
  how: 'Nasıl çalışır?',
  limits: 'Sınırlarınız',
  close: 'Paneli kapat',
  dismiss: 'Şimdi değil',
}

export const live: LiveText = {
  testing: 'Bu tarayıcının yardım edip edemeyeceği deneniyor…',
  connecting: 'Ağa bağlanılıyor…',
  waiting: 'Hazır. Şu anda kimsenin yardıma ihtiyacı yok.',
  helping: { one: '{count} kişiye yardım ediyorsunuz.', other: '{count} kişiye yardım ediyorsunuz.' },
  paused: 'Duraklatıldı.',
  unsuitable: 'Bu tarayıcı yardım edemez.',
  reasons: {
    'connection-budget':
      'Duraklatıldı: Bu sekme bir tarayıcının art arda izin verdiği kadar yardım etti. Birazdan kendiliğinden sürer; yenilerseniz hemen.',
    'day-quota': 'Duraklatıldı: Bugünün verisi bitti. Yarın devam eder.',
    'month-quota': 'Duraklatıldı: Bu ayın verisi bitti. Gelecek ay devam eder.',
    hours: 'Duraklatıldı: Seçtiğiniz saatlerin dışındayız.',
    'save-data': 'Duraklatıldı: Tarayıcınız veri tasarrufuna ayarlı.',
    cellular: 'Mobil veri kullandığınız sürece duraklatıldı.',
    battery: 'Duraklatıldı: Pil az. Şarj edilmeye başlayınca devam eder.',
    descriptor: 'Duraklatıldı: Ağ doğru kurulmamış; bunu işletmecisi düzeltmeli. Sonra kendiliğinden sürer.',
    unreachable: 'Ağa ulaşılamıyor. Yeniden deneniyor…',
    'no-webrtc': 'Bu tarayıcı yardım edemez: WebRTC yok ya da kapalı.',
    'udp-blocked': 'Bu bağlantı UDP’yi engellediği için yardım edemez. Başka bir bağlantı edebilir.',
    'censored-country':
      'Bulunduğunuz anlaşılan yerde yardım etmek sizi tehlikeye atabilir; bu yüzden size kimse yönlendirilmiyor. Yardım etmek istediğiniz için teşekkürler.',
    version: 'Bu sayfa güncel değil. Devam etmek için yenileyin.',
  },

  howSealed:
    'Tarayıcınız, sansür altındaki bir kişi ile bir çıkış sunucusu arasında mühürlü paketler taşır. Onları ne açabilir ne de hangi siteler için olduklarını görebilir.',
  howSeen:
    'Tarayıcılar arası her görüşmede olduğu gibi, yardım ettiğiniz kişi ve ağın sunucuları IP adresinizi görür. Kim olduğunuz kimseye söylenmez.',
  howCost: 'Bağlantınızın ve pilinizin bir kısmını kullanır. Sınırları siz koyarsınız.',
  howKept:
    'Seçiminiz bu tarayıcıda 30 gün saklanır ve bir sonraki ziyaretinizde sürer. Kapattığınızda silinir.',

  now: 'Şu anda yardım edilen',
  times: 'Yardım sayısı',
  passedOn: 'İletilen',
  duration: 'Açık kalma süresi',

  people: 'Aynı anda kişi',
  peopleCount: { one: '{count} kişi', other: '{count} kişi' },
  rate: 'Hız, hepsi birlikte',
  day: 'Günlük veri',
  month: 'Aylık veri',
  hours: 'Saatler',
  unlimited: 'Sınırsız',
  voiceCall: 'yaklaşık bir sesli arama',
  videoCall: 'yaklaşık bir görüntülü arama',
  film: 'yaklaşık bir HD film',
  sharpFilm: 'yaklaşık bir 4K film',
  download: 'yaklaşık bir büyük indirme',
  ofVideo: 'yaklaşık {time} video',
  anyTime: 'Her zaman',
  onlyBetween: 'Yalnızca şu saatlerde',
  from: 'Başlangıç',
  until: 'Bitiş',
  siteAllows: 'Bu site en çok {value} sınırına izin verir.',
  limitsKept:
    'Değişiklikler hemen geçerli olur ve bu tarayıcıda saklanır. Mobil veride, pil azken ya da veri tasarrufunda, tarayıcı bildirirse kendiliğinden duraklar.',
}
