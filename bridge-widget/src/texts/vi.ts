import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Hãy làm cầu nối vượt kiểm duyệt',
  short: 'Làm cầu nối',
  description:
    'Khi thẻ này còn mở, trình duyệt của bạn chuyển tiếp lưu lượng đã mã hóa cho những người có mạng bị kiểm duyệt. Tắt đi hoặc đóng thẻ là dừng ngay.',
  promise: 'Bạn không phải nút thoát: các trang web không bao giờ thấy địa chỉ của bạn.',
  off: 'Đang tắt. Không có gì chạy.',
  on: 'Đang bật.',
  failed: 'Không bật được.',
  unseen: 'Không bật được: công tắc bị ẩn, bị mờ hoặc bị che. Hãy để nó hiện ra trọn vẹn rồi bấm lại.',
  how: 'Cách hoạt động',
  limits: 'Giới hạn của bạn',
  close: 'Đóng',
  dismiss: 'Để sau',
}

export const live: LiveText = {
  testing: 'Đang kiểm tra xem trình duyệt này có giúp được không…',
  connecting: 'Đang kết nối với mạng…',
  waiting: 'Sẵn sàng. Lúc này chưa ai cần giúp.',
  helping: { other: 'Đang giúp {count} người.' },
  paused: 'Đang tạm dừng.',
  unsuitable: 'Trình duyệt này không giúp được.',
  reasons: {
    'connection-budget':
      'Tạm dừng: thẻ này đã giúp số lần liên tiếp tối đa mà trình duyệt cho phép. Lát nữa nó tự tiếp tục; nếu tải lại thì tiếp tục ngay.',
    'day-quota': 'Tạm dừng: đã hết dữ liệu của hôm nay. Ngày mai sẽ tiếp tục.',
    'month-quota': 'Tạm dừng: đã hết dữ liệu của tháng này. Tháng sau sẽ tiếp tục.',
    hours: 'Tạm dừng: hiện ngoài khung giờ bạn chọn.',
    'save-data': 'Tạm dừng: trình duyệt của bạn đang ở chế độ tiết kiệm dữ liệu.',
    cellular: 'Tạm dừng khi bạn dùng dữ liệu di động.',
    battery: 'Tạm dừng: pin yếu. Sẽ tiếp tục khi được sạc.',
    descriptor: 'Tạm dừng: mạng được thiết lập chưa đúng và người vận hành phải sửa. Sau đó nó tự tiếp tục.',
    unreachable: 'Không kết nối được với mạng. Đang thử lại…',
    'no-webrtc': 'Trình duyệt này không giúp được: thiếu WebRTC hoặc WebRTC đã bị tắt.',
    'udp-blocked': 'Kết nối này chặn UDP nên không giúp được. Kết nối khác có thể được.',
    'censored-country':
      'Có vẻ ở nơi bạn đang sống, việc giúp đỡ có thể gây nguy hiểm cho bạn, nên sẽ không ai được chuyển đến bạn. Cảm ơn bạn đã muốn giúp.',
    version: 'Trang này đã cũ. Hãy tải lại để tiếp tục.',
  },

  howSealed:
    'Trình duyệt của bạn chuyển các gói tin niêm phong giữa một người bị kiểm duyệt và một máy chủ thoát. Nó không mở được chúng, cũng không biết chúng dành cho trang nào.',
  howSeen:
    'Người được bạn giúp và các máy chủ của mạng thấy địa chỉ IP của bạn, như trong mọi cuộc gọi giữa hai trình duyệt. Không ai được cho biết bạn là ai.',
  howCost: 'Việc này dùng một phần kết nối và pin của bạn. Bạn là người đặt giới hạn.',
  howKept:
    'Lựa chọn của bạn được giữ trong trình duyệt này 30 ngày và tiếp tục ở lần ghé thăm sau. Tắt đi là xóa.',

  now: 'Đang giúp',
  times: 'Số lần giúp',
  passedOn: 'Đã chuyển tiếp',
  duration: 'Thời gian bật',

  people: 'Số người cùng lúc',
  peopleCount: { other: '{count} người' },
  rate: 'Tốc độ, tính chung',
  day: 'Dữ liệu mỗi ngày',
  month: 'Dữ liệu mỗi tháng',
  hours: 'Khung giờ',
  unlimited: 'Không giới hạn',
  voiceCall: 'khoảng một cuộc gọi thoại',
  videoCall: 'khoảng một cuộc gọi video',
  film: 'khoảng một bộ phim HD',
  sharpFilm: 'khoảng một bộ phim 4K',
  download: 'khoảng một lượt tải tệp lớn',
  ofVideo: 'khoảng {time} video',
  anyTime: 'Mọi lúc',
  onlyBetween: 'Chỉ trong khung giờ',
  from: 'Từ',
  until: 'Đến',
  siteAllows: 'Trang này cho phép tối đa {value}.',
  limitsKept:
    'Thay đổi có hiệu lực ngay và được lưu trong trình duyệt này. Khi dùng dữ liệu di động, pin yếu hoặc tiết kiệm dữ liệu, nó tự tạm dừng nếu trình duyệt cho biết.',
}
