"""What people read: each problem's title and advice, in English and Chinese.

One row a code. Rooms keep their rows together; a test holds the table against the codes that the source raises,
and `docs/reference/errors.md` is generated from it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["PROBLEMS", "Text"]


class Text(NamedTuple):
    """A problem in words: what is wrong, and what to do, in English (`en`) and Chinese (`zh`).

    `http_en` and `http_zh` say what a caller over HTTP can do, where `do_en` speaks to whoever has the command line.
    """

    en: str
    zh: str
    do_en: str
    do_zh: str
    http_en: str = ""
    http_zh: str = ""


_OPERATOR: Final = (
    "Tell whoever runs the ledger, with the X-Request-Id of the answer.", "请告知账本运营方，并附上应答中的 X-Request-Id。",
)  # fmt: skip
_LAKE: Final = (
    "Ask whoever runs the ledger to bring the lake up to date; nothing is wrong with the request.",
    "请联系账本运营方更新数据湖；请求本身无误。",
)


PROBLEMS: Final[dict[str, Text]] = {
    # -- canonical
    "json-profile": Text(
        "A value has no canonical JSON form.", "该值没有规范的 JSON 形式。",
        "Write decimals as text, keys in ASCII, and text in Unicode form NFC.", "小数写成文本，键用 ASCII，文本用 NFC 形式。",
    ),
    "json-malformed": Text(
        "The bytes are not JSON.", "内容不是 JSON。",
        "Send JSON in UTF-8; the detail names the place.", "请发送 UTF-8 编码的 JSON；详情指出了位置。",
    ),
    "json-ambiguous": Text(
        "The JSON can be read in two ways.", "该 JSON 可以有两种读法。",
        "Give each key once, and no NaN or half characters.", "每个键只写一次，不要使用 NaN 或残缺字符。",
    ),
    "json-too-deep": Text(
        "The JSON is nested too deeply.", "JSON 嵌套过深。",
        "Flatten the document.", "请减少嵌套层数。",
    ),
    # -- codes
    "code-empty": Text(
        "There is no code in the text.", "文本中没有追溯码。",
        "Scan or type the code again.", "请重新扫描或输入追溯码。",
    ),
    "code-too-long": Text(
        "The text is longer than any code.", "文本长度超过任何追溯码。",
        "Scan one barcode at a time.", "请每次只扫描一个条码。",
    ),
    "code-characters": Text(
        "The text has characters that stand in no code.", "文本中含有追溯码不会使用的字符。",
        "Scan the code again, or type it with plain digits and letters.", "请重新扫描，或用半角数字和字母输入。",
    ),
    "code-unknown-form": Text(
        "The text has none of the forms of a code.", "文本不符合任何一种追溯码格式。",
        "Check that you scanned the traceability code: 20 digits beginning with 8, or a GS1 code with a serial.",
        "请确认扫描的是追溯码：以 8 开头的 20 位数字，或带序列号的 GS1 码。",
    ),
    "code-outer-package": Text(
        "This is the code of an outer package.", "这是外包装的编码。",
        "Scan or type the code on the pack itself.", "请扫描或输入单盒药品上的追溯码。",
    ),
    "code-unknown-element": Text(
        "The text has a GS1 identifier that does not exist.", "文本中含有不存在的 GS1 应用标识符。",
        "Scan again; if it stays, report the pack's label to its maker.", "请重新扫描；若仍如此，请向生产企业反映该包装的标签问题。",
    ),
    "code-element": Text(
        "A value in the code does not have the form that GS1 prescribes.", "码中的某个值不符合 GS1 规定的格式。",
        "Scan again; if it stays, report the pack's label to its maker.", "请重新扫描；若仍如此，请向生产企业反映该包装的标签问题。",
    ),
    "code-ambiguous": Text(
        "The text gives the same value twice.", "文本中同一项内容出现了两次。",
        "Scan one barcode at a time.", "请每次只扫描一个条码。",
    ),
    "code-check-digit": Text(
        "The check digit is wrong.", "校验位错误。",
        "Scan again instead of typing; if it stays, set the pack aside.", "请用扫描代替手工输入；若仍如此，请将该包装单独存放。",
    ),
    "code-date": Text(
        "The date in the code does not exist.", "码中的日期不存在。",
        "Scan again; if it stays, set the pack aside.", "请重新扫描；若仍如此，请将该包装单独存放。",
    ),
    "code-not-a-pack": Text(
        "This names a product, not one pack.", "该条码标识的是商品品种，不是单个包装。",
        "Scan the traceability code, not the product barcode.", "请扫描药品追溯码，不要扫描商品条码。",
    ),
    "code-carrier": Text(
        "The text does not belong in the kind of barcode that it was read from.", "文本内容与所扫条码的类型不符。",
        "Set the pack aside: its label was not made as the standards say.", "请将该包装单独存放：其标签不符合标准。",
    ),
    "code-uri": Text(
        "The text is not a canonical URI of a code.", "文本不是追溯码的规范 URI。",
        "Send the URI exactly as this ledger writes it.", "请按本账本给出的写法原样发送 URI。",
    ),
    "code-key": Text(
        "The text is not a key of a code.", "文本不是追溯码的键。",
        "Use a key exactly as this ledger writes it.", "请原样使用本账本给出的键。",
    ),
    "scanner-case-inverted": Text(
        "Capitals and small letters may be swapped.", "大小写可能被颠倒。",
        "Turn Caps Lock off and switch the scanner's AIM identifiers on, then scan again.",
        "请关闭大写锁定，并在扫描枪中启用 AIM 标识符，然后重新扫描。",
    ),
    "scanner-separator-lost": Text(
        "The scanner lost the separator between two values.", "扫描枪丢失了两个值之间的分隔符。",
        "Set the scanner to send the group separator (GS, FNC1), then scan again.",
        "请将扫描枪设置为发送组分隔符（GS，FNC1），然后重新扫描。",
    ),
    "scanner-layout": Text(
        "The scanner and the computer use different keyboard layouts.", "扫描枪与计算机的键盘布局不一致。",
        "Set both to the same keyboard layout, then scan again.", "请将两者设为同一种键盘布局，然后重新扫描。",
    ),
    "scanner-two-codes": Text(
        "Two codes arrived as one text.", "两个码被合并成一段文本。",
        "Scan one barcode at a time, and let the scanner end each with Enter.",
        "请每次只扫描一个条码，并让扫描枪在每次扫描后发送回车。",
    ),
    "scanner-full-width": Text(
        "The text was typed through a Chinese input method in full width.", "文本经输入法变成了全角字符。",
        "Switch the input method to English, then scan again.", "请将输入法切换为英文，然后重新扫描。",
    ),
    "scanner-truncated": Text(
        "Only the beginning of a code arrived.", "只收到追溯码的开头部分。",
        "Scan again; if it stays, let the scanner send more slowly.", "请重新扫描；若仍如此，请调慢扫描枪的发送速度。",
    ),
    "scanner-caps-lock": Text(
        "Caps Lock is on.", "大写锁定已打开。",
        "Turn Caps Lock off, then scan again.", "请关闭大写锁定，然后重新扫描。",
    ),
    "scanner-input-method": Text(
        "An input method takes what the scanner types.", "输入法截取了扫描枪的输入。",
        "Switch the input method to English, then scan again; or calibrate this scanner.",
        "请将输入法切换为英文后重新扫描，或校准扫描枪。",
    ),
    "scanner-keys-lost": Text(
        "Some keys that the scanner types do not arrive, or arrive as others.", "扫描枪输入的部分按键丢失或被改变。",
        "Set the scanner to the American keyboard layout, then calibrate it here.",
        "请将扫描枪设为美式键盘布局，然后在此校准。",
    ),
    "scanner-end-lost": Text(
        "The end of this scan did not come; what came may be a part of a code.", "本次扫码没有收到结束键，内容可能不完整。",
        "Scan again. If it stays so, let the scanner send Enter after each code, then calibrate it here.",
        "请重新扫描。若仍然如此，请将扫描枪设为每次扫码后发送回车，然后在此校准。",
    ),
    "scanner-uncalibrated": Text(
        "Letters came from a scanner that was not calibrated here; they may be others than those printed.",
        "扫描枪尚未校准，收到的字母可能与印刷内容不同。",
        "Calibrate the scanner once, or switch its AIM identifiers on, then scan again.",
        "请校准一次扫描枪，或启用 AIM 标识符，然后重新扫描。",
    ),
    "scanner-calibration-other": Text(
        "What arrived is not the calibration symbol.", "收到的不是校准码。",
        "Scan the symbol that is shown, once, and nothing else.", "请只扫描显示的校准码，且只扫一次。",
    ),
    "calibration-malformed": Text(
        "The scanner's calibration file is damaged.", "扫描枪校准文件已损坏。",
        "Calibrate the scanner again.", "请重新校准扫描枪。",
    ),
    "scanner-decoders-disagree": Text(
        "Two decoders read two codes from one symbol.", "两个解码器从同一个条码读出了不同的内容。",
        "Take a sharper picture, straight from above, or scan the pack with a scanner.",
        "请从正上方重新拍摄清晰的照片，或用扫描枪扫描。",
    ),
    # -- station
    "picture-malformed": Text(
        "The file is no picture that can be read.", "该文件不是可识读的图片。",
        "Give a PNG, JPEG, GIF, BMP, TIFF or WebP of at most 32 MiB.", "请提供不超过 32 MiB 的 PNG、JPEG、GIF、BMP、TIFF 或 WebP 图片。",
    ),
    "receipt-wrong-place": Text(
        "A receipt is for another place in the log, or of another log.", "回执对应日志中的其他位置，或属于其他日志。",
        "Keep it and report it: the ledger gave proof of something else than it said.",
        "请保留并上报：账本给出的证明与其所述不符。",
    ),
    "snapshot-wrong": Text(
        "What came for offline use is not the ledger's word, or not what was asked for.", "收到的离线数据并非账本所签，或不是所请求的部分。",
        "Nothing of it was taken over. Sync again; if it stays, report it: somebody may stand between station and ledger.",
        "未采用其中任何内容。请重新同步；若仍如此请上报：终端与账本之间可能有人干预。",
    ),
    "ledger-unreachable": Text(
        "The ledger cannot be reached now.", "暂时无法连接账本。",
        "Go on scanning: everything is kept here and sent later. If it stays, check the network and the ledger's address.",
        "请继续扫码：全部记录已保存在本机，稍后发送。若持续无法连接，请检查网络和账本地址。",
    ),
    "ledger-answer-malformed": Text(
        "The ledger's answer makes no sense.", "账本的应答无法理解。",
        "Check the address: something else may be answering. What was scanned is kept.",
        "请检查地址：应答的可能是其他服务。已扫码记录均已保存。",
    ),
    "ledger-other-key": Text(
        "The ledger that answered has another key than the one that was given.", "应答的账本与所给的账本公钥不符。",
        "Do not enrol. Compare address and key with what the ledger's operator told you.",
        "请勿登记。请与账本运营方提供的地址和公钥核对。",
    ),
    "station-not-enrolled": Text(
        "No station is enrolled in this folder.", "该文件夹中没有已登记的终端。",
        "Enrol it with a one-time code: packledger-station enrol --ledger URL.",
        "请使用一次性登记码登记：packledger-station enrol --ledger URL。",
    ),
    "station-enrolled": Text(
        "A station is enrolled in this folder already.", "该文件夹中已有登记的终端。",
        "Use another folder for another station.", "其他终端请使用其他文件夹。",
    ),
    "station-malformed": Text(
        "The station's file is damaged.", "终端文件已损坏。",
        "Do not delete the folder: events may wait in it. Restore the file, or ask for help.",
        "请勿删除该文件夹：其中可能有待发送的记录。请恢复该文件或寻求协助。",
    ),
    "station-home-open": Text(
        "Other users of this machine can read the station's key or its file.", "本机其他用户可读取终端的密钥或文件。",
        "Take their rights away (chmod 600); if somebody may have copied the key, have it revoked.",
        "请收回权限（chmod 600）；若密钥可能已被复制，请申请吊销。",
    ),
    "station-moved": Text(
        "This station was enrolled on another machine.", "该终端是在另一台设备上登记的。",
        "Enrol this machine as a station of its own; a copied key would let two devices pose as one.",
        "请将本机单独登记为终端；复制密钥会使两台设备冒用同一身份。",
    ),
    "outbox-unavailable": Text(
        "The station cannot write to its own disk.", "终端无法写入本机磁盘。",
        "Nothing was recorded for this scan. Free space or check the disk, then scan again.",
        "本次扫码未记录。请清理空间或检查磁盘，然后重新扫描。",
    ),
    "basket-incomplete": Text(
        "Something must be said before scanning.", "扫码前需先填写信息。",
        "For an insured dispensing read the patient's card first; for a shipment name the receiver.",
        "医保发药请先读取患者医保卡；发货请先填写收货方。",
    ),
    "scan-unknown": Text(
        "No such event was made here, or it is taken back already.", "本机没有该记录，或它本身就是更正。",
        "Choose an event from today's list.", "请从今日列表中选择。",
    ),
    "clock-differs": Text(
        "The clock of this machine and the ledger's differ by more than five minutes.", "本机时钟与账本时钟相差超过五分钟。",
        "Set this machine's clock, and let it be set by the network.", "请校准本机时钟，并启用网络校时。",
    ),
    "clock-went-back": Text(
        "The clock of this machine went back behind its own last event.", "本机时钟倒退到最近一次记录之前。",
        "Set this machine's clock before you go on.", "请先校准本机时钟再继续。",
    ),
    "offline-too-long": Text(
        "Events wait here for more than ten days.", "有记录在本机等待超过十天。",
        "Connect the station: the ledger will mark what comes later as too old.", "请尽快联网：之后上传的记录会被标记为过期。",
    ),
    "label-unreadable": Text(
        "A label could not be read back, and was not written.", "标签无法回读，未写出。",
        "Print the code as another symbology; report the code, it should not happen.",
        "请改用其他码制打印，并报告该码；正常情况下不应出现。",
    ),
    "labels-too-many": Text(
        "There are no labels for the sheet, or too many.", "没有要排版的标签，或数量过多。",
        "Make several sheets.", "请分多份打印。",
    ),
    # -- log
    "hash-malformed": Text(
        "A hash is not 32 bytes long.", "哈希值的长度不是 32 字节。",
        "Give SHA-256 hashes as raw bytes.", "请以原始字节给出 SHA-256 哈希值。",
    ),
    "proof-impossible": Text(
        "No such proof exists.", "不存在这样的证明。",
        "Ask for an entry inside the log, or for two sizes in ascending order.", "请指定日志内的条目，或由小到大的两个规模。",
    ),
    "inclusion-proof-wrong": Text(
        "The proof does not show this entry in the log.", "该证明不能说明此条目在日志中。",
        "Do not rely on the record; fetch the proof anew, and report it if it fails again.",
        "请勿信赖该记录；重新获取证明，若仍失败请上报。",
    ),
    "consistency-proof-wrong": Text(
        "The newer log is not shown to continue the older one.", "无法证明较新的日志是较旧日志的延续。",
        "Keep both checkpoints: they may be evidence that the log was rewritten.", "请保留两个检查点：它们可能是日志被改写的证据。",
    ),
    "tile-missing": Text(
        "A part of the log's tree is missing.", "日志树的一部分缺失。",
        "Restore the tiles, or rebuild them from the entries.", "请恢复这些分片，或由条目重建。",
    ),
    "tile-malformed": Text(
        "A tile does not hold whole hashes.", "分片中的哈希值不完整。",
        "Restore the tile, or rebuild it from the entries.", "请恢复该分片，或由条目重建。",
    ),
    "tile-path-malformed": Text(
        "This is not the path of a tile.", "这不是分片的路径。",
        "Write tile/<level>/<number>, as in tile/0/x001/234.", "请写成 tile/<层>/<编号>，例如 tile/0/x001/234。",
    ),
    "bundle-malformed": Text(
        "A bundle of entries is damaged.", "条目包已损坏。",
        "Fetch it again, or restore it.", "请重新获取或恢复。",
    ),
    "key-malformed": Text(
        "This is not a key that we can use.", "这不是可用的密钥。",
        "Use an Ed25519 or a P-256 key, unencrypted if it is a file.", "请使用 Ed25519 或 P-256 密钥；若为文件，不得加密。",
    ),
    "key-weak": Text(
        "This public key is unsafe.", "该公钥不安全。",
        "Make a new key pair; this one was not made by an honest generator.", "请重新生成密钥对；此公钥并非由正常程序生成。",
    ),
    "vkey-malformed": Text(
        "This is not a verifier key.", "这不是验证密钥。",
        "Copy the whole line, name+id+key, from its owner.", "请向密钥所有者复制整行（名称+编号+密钥）。",
    ),
    "log-value-unfit": Text(
        "A value has no place in what is to be signed or written.", "某个值不能写入待签名的内容。",
        "The detail says which; texts are short printable ASCII.", "详情指出是哪一个；文本须为简短的可打印 ASCII 字符。",
    ),
    "statement-malformed": Text(
        "The statement is not of our form.", "声明的格式不符。",
        "Build it exactly as docs/formats/statement.md shows.", "请严格按照 docs/formats/statement.md 生成。",
    ),
    "receipt-malformed": Text(
        "The receipt is not of our form.", "回执的格式不符。",
        "Fetch the receipt again from the ledger.", "请从账本重新获取回执。",
    ),
    "receipt-wrong-key": Text(
        "The receipt is by another log's key.", "回执由另一密钥签发。",
        "Check with the key of the log that gave the receipt.", "请使用签发该回执的日志的密钥。",
    ),
    "receipt-wrong": Text(
        "The receipt does not hold for this statement.", "回执与该声明不符。",
        "Do not rely on it; compare the statement and the receipt with the sender's copies.",
        "请勿信赖；请与发送方留存的声明和回执核对。",
    ),
    "note-malformed": Text(
        "The signed note is not of its form.", "签名文本的格式不符。",
        "Fetch it again, byte for byte, without an editor in between.", "请逐字节重新获取，不要经过编辑器。",
    ),
    "note-signature-wrong": Text(
        "A signature on the note is false.", "签名文本上的签名无效。",
        "Do not rely on the note; keep it as evidence.", "请勿信赖该文本；请作为证据保存。",
    ),
    "note-unsigned": Text(
        "The note is not signed by the expected key.", "签名文本没有预期密钥的签名。",
        "Check that the key is the log's, then fetch the note again.", "请确认密钥属于该日志，然后重新获取。",
    ),
    "checkpoint-malformed": Text(
        "This is not a checkpoint.", "这不是检查点。",
        "Fetch it again from the log.", "请从日志重新获取。",
    ),
    "checkpoint-other-log": Text(
        "The checkpoint is another log's.", "该检查点属于另一个日志。",
        "Give the checkpoint of the log that you are checking.", "请提供所核验日志的检查点。",
    ),
    "checkpoint-wrong": Text(
        "The checkpoint contradicts itself.", "检查点自相矛盾。",
        "Keep it as evidence, and tell the log's operator and witnesses.", "请作为证据保存，并告知日志运营方和见证方。",
    ),
    "cosignature-wrong": Text(
        "A witness's signature is false.", "见证方的签名无效。",
        "Do not rely on the checkpoint; ask the witness what it signed.", "请勿信赖该检查点；请向见证方查询其签署内容。",
    ),
    "quorum-empty": Text(
        "The policy asks for no witness.", "策略没有要求任何见证方。",
        "Name at least one witness.", "请至少指定一个见证方。",
    ),
    "quorum-unfit": Text(
        "The rule for witnesses cannot be met or counts one twice.", "见证规则无法满足，或重复计算了同一见证方。",
        "List each witness once, with a cosigner's key, and ask for no more than are listed.",
        "每个见证方只列一次，使用见证密钥，要求的数量不得超过所列数量。",
    ),
    "quorum-not-met": Text(
        "Too few witnesses have signed the checkpoint.", "签署检查点的见证方不足。",
        "Wait for the witnesses and fetch the checkpoint again.", "请等待见证方签署后重新获取检查点。",
    ),
    "proof-malformed": Text(
        "This is not a proof file.", "这不是证明文件。",
        "Fetch the .tlog-proof file again.", "请重新获取 .tlog-proof 文件。",
    ),
    "policy-malformed": Text(
        "The policy file cannot be read.", "无法读取策略文件。",
        "Correct the line that the detail names.", "请更正详情所指的行。",
    ),
    # -- custody
    "event-too-large": Text(
        "The event is too large.", "事件过大。",
        "Split it into several events.",
        "请拆分为多个事件。",
    ),
    "event-member": Text(
        "A member of the event is missing, unknown or of the wrong type.", "事件的某个成员缺失、未知或类型不对。",
        "Correct the member that the detail names; the format is docs/formats/event.md.",
        "请更正详情所指的成员；格式见 docs/formats/event.md。",
    ),
    "event-time": Text(
        "A time or an offset is not written as EPCIS 2.0 asks.", "时间或时区偏移不符合 EPCIS 2.0 的写法。",
        "Write 2026-11-22T12:37:00+08:00 and +08:00.",
        "请写成 2026-11-22T12:37:00+08:00 与 +08:00。",
    ),
    "event-uri": Text(
        "A member that must be a URI is not.", "应为 URI 的成员不是 URI。",
        "Write a full URI of at most 256 ASCII characters.",
        "请写完整的 URI，最多 256 个 ASCII 字符。",
    ),
    "event-word": Text(
        "A word is in no vocabulary.", "用词不在任何词表中。",
        "Use a bare CBV 2.0 word, its full URI, or one of ours.",
        "请使用 CBV 2.0 的词、其完整 URI 或本系统的词。",
    ),
    "event-action": Text(
        "The action does not fit the event.", "action 与事件不符。",
        "See the table in docs/reference/custody-rules.md.",
        "请查阅 docs/reference/custody-rules.md 中的表格。",
    ),
    "event-codes": Text(
        "The event names no code, too many, or one twice.", "事件没有追溯码、过多或重复。",
        "Name 1 to 10,000 codes, each once, and not the case itself; an event about other things needs none.",
        "请列出 1 至 10000 个不重复的追溯码，且不含箱码本身；与药品无关的事件可以不列。",
    ),
    "event-goods": Text(
        "Batch or expiry date are wrong, or given twice and different.", "批号或有效期有误，或两处不一致。",
        "Write the batch as text of 1 to 20 characters and the day as 2027-05-31.",
        "批号写 1 至 20 个字符，日期写成 2027-05-31。",
    ),
    "event-namespace": Text(
        "A prefix or a member claims a namespace wrongly.", "前缀或成员错误地使用了命名空间。",
        "Use pl: only for the members in docs/formats/event.md.",
        "pl: 只能用于 docs/formats/event.md 所列成员。",
    ),
    "claim-malformed": Text(
        "A stored claim cannot be read.", "无法读取已存的陈述摘要。",
        "Run `packledger verify` to see where the database was damaged.", "请运行 `packledger verify` 查看数据库何处受损。",
        *_OPERATOR,
    ),
    "custody-malformed": Text(
        "A stored pack state cannot be read.", "无法读取已存的药品状态。",
        "Rebuild the pack states from the log.",
        "请由日志重建药品状态。",
    ),
    # -- EPCIS documents and queries
    "epcis-media-type": Text(
        "The document is of a kind that cannot be captured.", "不支持采集这种类型的文档。",
        "Send JSON (application/ld+json) or XML (application/xml) of EPCIS.",
        "请发送 EPCIS 的 JSON（application/ld+json）或 XML（application/xml）。",
    ),
    "epcis-too-large": Text(
        "The document is too large.", "文档过大。",
        "Split it; the largest size is announced as GS1-EPCIS-Capture-File-Size-Limit.",
        "请拆分文档；上限见 GS1-EPCIS-Capture-File-Size-Limit。",
    ),
    "epcis-too-many-events": Text(
        "The document holds too many events.", "文档中的事件过多。",
        "Split it; the largest number is announced as GS1-EPCIS-Capture-Limit.",
        "请拆分文档；上限见 GS1-EPCIS-Capture-Limit。",
    ),
    "epcis-document": Text(
        "This is no document of EPCIS 1.2 or 2.0.", "不是 EPCIS 1.2 或 2.0 文档。",
        "Send an EPCISDocument as docs/formats/capture.md shows it; the detail names the place.",
        "请按 docs/formats/capture.md 发送 EPCISDocument；详情指出了位置。",
    ),
    "epcis-context": Text(
        "The @context says more than EPCIS lets it.", "@context 超出了 EPCIS 允许的内容。",
        "Declare only prefixes with their namespaces, and leave those of the standard as they are.",
        "只声明前缀及其命名空间，不要改变标准前缀的含义。",
    ),
    "epcis-name": Text(
        "The name of an extension cannot be kept.", "无法保留该扩展字段的名称。",
        "Give it a namespace, and a local name of ASCII letters, digits, dots, hyphens and underscores.",
        "请为其指定命名空间，本地名只用 ASCII 字母、数字、点、连字符和下划线。",
    ),
    "epcis-member": Text(
        "A member of an event is missing, unknown, given twice or of another type.", "事件的某个成员缺失、未知、重复或类型不对。",
        "Correct the member that the detail names, by EPCIS 2.0 chapter 7.",
        "请按 EPCIS 2.0 第 7 章更正详情所指的成员。",
    ),
    "epcis-value": Text(
        "A member cannot have this value.", "该成员不能取这个值。",
        "Write what EPCIS 2.0 asks for there: a number, a truth value, hex digits or plain text.",
        "请写 EPCIS 2.0 要求的内容：数字、布尔值、十六进制或普通文本。",
    ),
    "epcis-extension": Text(
        "An extension has a form that JSON and XML cannot both carry.", "扩展内容的形式无法同时用 JSON 和 XML 表达。",
        "Use texts, numbers, truth values, and objects and lists of them, without lists in lists.",
        "请使用文本、数字、布尔值及其对象和列表，列表中不要再嵌套列表。",
    ),
    "epcis-xml": Text(
        "The XML cannot be read.", "无法读取该 XML。",
        "Send well-formed XML in UTF-8; the line is given.", "请发送 UTF-8 编码的规范 XML；已给出行号。",
    ),
    "epcis-xml-forbidden": Text(
        "The XML has a document type that declares something, or an entity.", "XML 中的文档类型带有声明，或含有实体。",
        "Leave out <!DOCTYPE and <!ENTITY; EPCIS needs neither.", "请去掉 <!DOCTYPE 与 <!ENTITY；EPCIS 不需要它们。",
    ),
    "capture-unknown": Text(
        "There is no such capture job.", "没有这个采集任务。",
        "Use the address that the answer to your document named; it is kept for 90 days.",
        "请使用提交文档时返回的地址；任务保留 90 天。",
    ),
    "event-exists": Text(
        "Another event of yours has this id.", "您已有另一个事件使用此编号。",
        "Give the event an id of its own, or declare the earlier one an error with errorDeclaration.",
        "请使用新的事件编号，或用 errorDeclaration 声明先前事件有误。",
    ),
    "event-unknown": Text(
        "There is no event of this id that you may see.", "没有您可以查看的该编号事件。",
        "Check the id; events of others are seen while one holds a pack that they name.",
        "请检查编号；他人的事件仅在您持有其所涉药品时可见。",
    ),
    "neighbour-refused": Text(
        "Another event of the same document was refused, so none was recorded.", "同一文档中的另一事件被拒绝，因此全部未记录。",
        "Correct the events that have problems of their own, or send with GS1-Capture-Error-Behaviour: proceed.",
        "请更正有问题的事件，或用 GS1-Capture-Error-Behaviour: proceed 提交。",
    ),
    "correction-not-first": Text(
        "An error declaration follows another event about the same pack in a document that is recorded as a whole.",
        "在整体记录的文档中，错误声明排在同一药品的其他事件之后。",
        "Put it first, alone in its document, or send with GS1-Capture-Error-Behaviour: proceed.",
        "请将其放在首位、单独成文档，或用 GS1-Capture-Error-Behaviour: proceed 提交。",
    ),
    "epcis-header": Text(
        "A header asks for what cannot be given.", "请求头要求了无法提供的内容。",
        "The detail names the header; OPTIONS of the same address says what is understood.",
        "详情指出了请求头；对同一地址使用 OPTIONS 可查看支持的取值。",
    ),
    "epcis-not-offered": Text(
        "This part of EPCIS is not offered here.", "此处不提供 EPCIS 的这一部分。",
        "The detail says what does the same; docs/formats/query.md lists what is left out, and why.",
        "详情说明了替代方式；docs/formats/query.md 列出了未提供的部分及原因。",
    ),
    "gateway-keys-used-up": Text(
        "The gateway has no key left for this party.", "网关已没有可供该单位使用的密钥。",
        "Ask whoever keeps the ledger to give the gateway a fresh secret.", "请账本管理方为网关更换密钥文件。",
    ),
    "gateway-unregistered": Text(
        "The gateway's key for this party could not be registered.", "网关为该单位准备的密钥无法登记。",
        "Try again; if it stays so, tell whoever keeps the ledger.", "请重试；若仍失败，请联系账本管理方。",
    ),
    "envelope-malformed": Text(
        "The statement does not come as it must.", "提交的声明格式有误。",
        "Send the COSE_Sign1 with its body in the unprotected header `body` (docs/formats/submission.md).",
        "请发送 COSE_Sign1，并将正文放在非保护头 `body` 中（见 docs/formats/submission.md）。",
    ),
    "remote-denied": Text(
        "The log does not show this to everybody.", "该日志不对所有人开放此内容。",
        "Ask the ledger's keeper for an API key that allows `entries.read` (an auditor's), and give its file:"
        " --token-file FILE.",
        "请向账本运营方申请允许 `entries.read` 的 API 密钥（审计角色），并用 --token-file 指定其文件。",
    ),
    "import-malformed": Text(
        "The file is none of the forms.", "文件不是可导入的格式。",
        "Send JSON in UTF-8: one object, a list of objects, or one object on each line.",
        "请发送 UTF-8 编码的 JSON：一个对象、对象列表，或每行一个对象。",
    ),
    "import-too-many-lines": Text(
        "The file has too many lines.", "文件行数过多。",
        "Cut it into several; each line is answered as before.", "请拆成多个文件；每行的结果不变。",
    ),
    "import-type": Text(
        "The line is of a type that is not known.", "该行的单据类型未知。",
        "Use the types of docs/formats/bill.md, or 3505 and 3506.", "请使用 docs/formats/bill.md 中的类型，或 3505、3506。",
    ),
    "import-field": Text(
        "A field of the line is missing or wrong.", "该行的字段缺失或有误。",
        "The detail names the field; correct it and send the line again.", "详情指出了字段；更正后请重新发送该行。",
    ),
    "import-time": Text(
        "A time of the line cannot be read.", "该行的时间无法识别。",
        "Write it like 2026-11-22 12:37:00, in China's time.", "请写成 2026-11-22 12:37:00（北京时间）。",
    ),
    "import-codes": Text(
        "The line names too many codes.", "该行的追溯码过多。",
        "Cut it into several lines.", "请拆成多行。",
    ),
    "query-parameter": Text(
        "The query has a parameter that does not exist here.", "查询中有不存在的参数。",
        "Use the parameters of docs/formats/query.md; an extension needs its prefix in GS1-Extensions.",
        "请使用 docs/formats/query.md 中的参数；扩展字段须在 GS1-Extensions 中声明前缀。",
    ),
    "query-value": Text(
        "A parameter of the query cannot have this value.", "查询参数不能取这个值。",
        "Write the value as docs/formats/query.md says.", "请按 docs/formats/query.md 书写参数值。",
    ),
    "query-conflict": Text(
        "Parameters of the query exclude or need each other.", "查询参数相互冲突或缺少配套参数。",
        "Give eventCountLimit with orderBy, or maxEventCount, not both.",
        "eventCountLimit 须与 orderBy 同用，且不能与 maxEventCount 同用。",
    ),
    "query-page-token": Text(
        "The page token is not one of this query.", "分页令牌不属于此查询。",
        "Follow the link of the last answer unchanged, or ask the query anew without nextPageToken.",
        "请原样使用上次答复中的链接，或去掉 nextPageToken 重新查询。",
    ),
    "query-definition": Text(
        "This is no definition of a query.", "不是查询定义。",
        "Send an object with a name and a query of parameters.", "请发送包含名称和参数对象的查询定义。",
    ),
    "query-too-complex": Text(
        "The query asks for too many things at once, or for what no index finds.", "查询条件过多，或没有索引可用。",
        "Ask with fewer parameters or values; name packs, an event's id, or a span of time, as the detail says.",
        "请减少参数或取值；按详情指定药品、事件编号或时间范围。",
    ),
    "query-name-unknown": Text(
        "You have no query of this name.", "您没有这个名称的查询。",
        "List yours at /queries, or name it there.", "请在 /queries 查看已有查询，或在那里新建。",
    ),
    "query-name-exists": Text(
        "You have a query of this name already.", "您已有同名的查询。",
        "Give it another name, or delete the earlier one with its subscriptions.", "请换一个名称，或先删除旧查询及其订阅。",
    ),
    "named-queries-too-many": Text(
        "You have as many named queries as one party may have.", "命名查询数量已达上限。",
        "Delete some that are not used.", "请删除不再使用的查询。",
    ),
    "subscription-controls": Text(
        "The subscription cannot be kept as it was asked for.", "无法按所请求的方式订阅。",
        "Send dest, signatureToken, and either stream or a schedule; the detail names the member.",
        "请提供 dest、signatureToken，以及 stream 或 schedule 之一；详情指出了成员。",
    ),
    "subscription-needs-key": Text(
        "Subscriptions are made with an API key.", "订阅须使用 API 密钥。",
        "Ask whoever keeps the ledger for a key of your party.", "请向账本管理方申请贵单位的密钥。",
    ),
    "subscription-unknown": Text(
        "There is no such subscription to this query.", "该查询没有这个订阅。",
        "List them at /queries/{name}/subscriptions.", "请在 /queries/{name}/subscriptions 查看。",
    ),
    "subscriptions-too-many": Text(
        "You have as many subscriptions as one party may have.", "订阅数量已达上限。",
        "Delete some that are not used.", "请删除不再使用的订阅。",
    ),
    "webhook-address": Text(
        "Answers cannot be sent to this address.", "无法向该地址发送结果。",
        "Name an https address of a host that the whole internet reaches, without a password in it.",
        "请使用公网可达主机的 https 地址，且其中不含密码。",
    ),
    "query-too-large": Text(
        "More events answer the query than may be answered at once.", "查询结果多于允许的数量。",
        "Narrow the query, or take the answer page by page.", "请缩小查询范围，或分页获取结果。",
    ),
    # -- papers
    "paper-kind": Text(
        "No paper has this kind.", "没有这种单据。",
        "Use settlement, prescription, invoice, seizure, recall, action or rule.",
        "请使用 settlement、prescription、invoice、seizure、recall、action 或 rule。",
    ),
    "paper-too-large": Text(
        "The paper is too large.", "单据过大。",
        "Split it into several papers.",
        "请拆分为多份单据。",
    ),
    "paper-not-canonical": Text(
        "The paper is not in its one spelling.", "单据不是唯一的规范写法。",
        "Write it as RFC 8785 does: sorted keys, no blanks.",
        "请按 RFC 8785 书写：键排序、无空白。",
    ),
    "paper-member": Text(
        "A member of the paper is missing, unknown or wrong.", "单据的某个成员缺失、未知或有误。",
        "Correct the member that the detail names; the format is docs/formats/paper.md.",
        "请更正详情所指的成员；格式见 docs/formats/paper.md。",
    ),
    "paper-time": Text(
        "The paper's time is not a time.", "单据的时间不是有效时间。",
        "Write UTC to the second, like 2026-11-22T04:37:00Z.",
        "请写到秒的 UTC 时间，如 2026-11-22T04:37:00Z。",
    ),
    "paper-codes": Text(
        "The paper names too many codes, one twice, or not one a pack.", "单据的追溯码过多、重复或与盒数不符。",
        "Name each code once, as many as packs unless the pack was split.",
        "每个追溯码只列一次，数量与盒数一致（拆零除外）。",
    ),
    "paper-sum": Text(
        "The paper's amounts do not add up.", "单据金额不平。",
        "Make the lines add up to the amount, and the fund's part fit it.",
        "各行合计应等于总额，基金支付不得超过总额。",
    ),
    "confidential-salt": Text(
        "The salt has the wrong length.", "盐值长度不对。",
        "Use 16 random bytes.",
        "请使用 16 个随机字节。",
    ),
    "confidential-too-large": Text(
        "The confidential part is too large.", "保密部分过大。",
        "Send only the personal fields.",
        "请只发送个人信息字段。",
    ),
    "confidential-not-canonical": Text(
        "The confidential part is not in its one spelling.", "保密部分不是唯一的规范写法。",
        "Write it as RFC 8785 does: sorted keys, no blanks.",
        "请按 RFC 8785 书写：键排序、无空白。",
    ),
    "confidential-member": Text(
        "A member of the confidential part is missing, unknown or wrong.", "保密部分的某个成员缺失、未知或有误。",
        "Compare it with docs/formats/confidential.md; values are never shown.",
        "请对照 docs/formats/confidential.md；系统不显示具体内容。",
    ),
    "case-malformed": Text(
        "The stored state of a case cannot be read.", "案件的存储状态无法读取。",
        "Rebuild the cases from the log.", "请由日志重建案件状态。",
    ),
    # -- nation
    "nation-crime": Text(
        "There is no such kind of crime in the synthetic country.", "合成国家中没有这种犯罪。",
        "Name kinds as docs/formats/truth.md lists them, separated by commas; or say all, or none.",
        "请按 docs/formats/truth.md 所列名称填写，用逗号分隔；或填 all、none。",
    ),
    "nation-size": Text(
        "No synthetic country can be made of these numbers.", "无法按这些数值生成合成国家。",
        "Choose packs, months and a start within the bounds that the detail names.", "请在详情所示范围内选择盒数、月数和起始时间。",
    ),
    "truth-malformed": Text(
        "This is not a truth file.", "这不是真相文件。",
        "Write it anew with the country's arguments; do not edit it.", "请用该国家的参数重新生成，不要手工修改。",
    ),
    # -- store
    "store-damaged": Text(
        "The database is damaged, or the file is no database.", "数据库已损坏，或该文件不是数据库。",
        "Check the path in the settings; else restore a sound copy, then run `packledger verify` before recording goes on.",
        "请检查设置中的路径；否则请恢复完好的副本，并先运行 `packledger verify`，再继续记录。",
        *_OPERATOR,
    ),
    "store-unwritable": Text(
        "The database cannot be written.", "数据库无法写入。",
        "SQLite: make the file and its folder writable for this user, also for commands that only read. PostgreSQL: it is a standby, or set to read only; address the primary, or end `default_transaction_read_only`.",
        "SQLite：请让当前用户可以写入该文件及其所在目录，只读命令也需要。PostgreSQL：它是备库或被设为只读；请改用主库地址，或取消 `default_transaction_read_only`。",
    ),
    "store-unavailable": Text(
        "The database does not answer.", "数据库没有响应。",
        "Nothing acknowledged is lost. Start the database again, or correct its address. A server goes on by itself; "
        "give a command, or send a submission, once more: nothing is recorded twice.",
        "已确认的记录没有丢失。请恢复数据库，或更正其地址。服务会自动恢复；命令或提交请再执行一次，不会重复记录。",
    ),
    "store-full": Text(
        "The disk is full.", "磁盘已满。",
        "What was not acknowledged was not stored. Make room. A server goes on by itself; "
        "give a command, or send a submission, once more: nothing is recorded twice.",
        "未确认的内容没有写入。请腾出空间。服务会自动恢复；命令或提交请再执行一次，不会重复记录。",
    ),
    "store-busy": Text(
        "Another writer holds the ledger.", "另有程序正在写入账本。",
        "Try again; if it stays, look for a program that does not finish.", "请重试；若持续如此，请检查是否有未结束的程序。",
    ),
    "store-no-ledger": Text(
        "The database holds no tables of a ledger.", "数据库中没有账本的表。",
        "Make a ledger with `packledger init`, or correct database_url.",
        "请用 `packledger init` 新建账本，或更正 database_url。",
        *_OPERATOR,
    ),
    "store-not-durable": Text(
        "The server would acknowledge what is not on disk.", "服务器会在数据落盘之前确认。",
        "Run PostgreSQL with fsync = on.", "请将 PostgreSQL 的 fsync 设为 on。",
    ),
    "store-needs-migration": Text(
        "The tables are of another version.", "数据表的版本不符。",
        "Run `packledger migrate` with the newest program.", "请用最新版程序运行 `packledger migrate`。",
        *_OPERATOR,
    ),
    "log-forked": Text(
        "Two heads that were signed contradict each other.", "两个已签名的树头相互矛盾。",
        "Stop recording and keep everything as it is; find out who else signs with this key.",
        "请停止记录并保留现场，查明还有谁在使用该密钥签名。",
    ),
    # -- ledger
    "ledger-exists": Text(
        "There is a ledger already.", "此处已有账本。",
        "Choose another home, or use the ledger that is there.", "请另选目录，或使用现有账本。",
    ),
    "origin-malformed": Text(
        "This cannot be the name of a log.", "不能用作日志名称。",
        "Give a host name in small letters, then parts after slashes, like ledger.example/2026.",
        "请使用小写主机名，后接以斜杠分隔的部分，例如 ledger.example/2026。",
    ),
    "ledger-missing": Text(
        "There is no ledger here.", "此处没有账本。",
        "Make one with `packledger init`, or point --home to it.", "请用 `packledger init` 新建，或用 --home 指定。",
    ),
    "settings-malformed": Text(
        "A setting cannot be read.", "设置无法读取。",
        "Correct packledger.toml or the PACKLEDGER_ variables; docs/reference/settings.md lists them.",
        "请更正 packledger.toml 或 PACKLEDGER_ 环境变量，见 docs/reference/settings.md。",
    ),
    "tracing-missing": Text(
        "Requests cannot be traced from here.", "此处无法追踪请求。",
        "Install packledger with the extra `trace`, or leave `trace_endpoint` empty.",
        "请安装附加组件 `trace`，或将 `trace_endpoint` 留空。",
    ),
    "address-unusable": Text(
        "The server cannot listen at this address.", "服务无法在此地址监听。",
        "Something else may listen there, or the address is not this machine's: set `host` and `port`.",
        "可能已有程序占用该地址，或该地址不属于本机；请设置 `host` 与 `port`。",
    ),
    "home-unwritable": Text(
        "The ledger's home cannot be written.", "账本目录无法写入。",
        "Make the folder writable and its disk not full. What was recorded stands; send it again for the answer.",
        "请确保目录可写且磁盘未满。已记录的内容有效，重新提交即可得到答复。",
    ),
    "home-unreadable": Text(
        "A file of the ledger's home is there, and cannot be read.", "账本目录中的文件存在，但无法读取。",
        "Run as the user whose file it is, and see that its disk is there; never take a `checkpoint` away to go on.",
        "请以该文件所属用户的身份运行，并确认其所在磁盘已挂载；切勿为了继续而移走 `checkpoint`。",
    ),
    "secret-missing": Text(
        "A key file is missing, or cannot be read.", "密钥文件缺失或无法读取。",
        "Run as the user whose file it is; or put it back from your safe copy, for it cannot be made again.",
        "请以该文件所属用户的身份运行；否则请从安全备份恢复，因为它无法重新生成。",
    ),
    "secret-exposed": Text(
        "Others may read a key file.", "他人可以读取密钥文件。",
        "Set its mode to 0600; if others have read it, the key is compromised.",
        "请将权限设为 0600；若已被他人读取，应视为密钥泄露。",
    ),
    "master-key-malformed": Text(
        "The master key is not 32 bytes in hexadecimal.", "主密钥不是 32 字节的十六进制。",
        "Put the file back from your safe copy.", "请从安全备份恢复该文件。",
    ),
    "key-of-another-ledger": Text(
        "The signing key is not this ledger's.", "签名密钥不属于该账本。",
        "Put the right ledger.key into the home, or correct database_url.",
        "请放入正确的 ledger.key，或更正 database_url。",
    ),
    "log-restored": Text(
        "The database is older than what this ledger has signed, or another history.",
        "数据库早于本账本已签名的内容，或是另一段历史。",
        "Do not record. Restore the newest backup together with its log of changes; if statements are lost for good, this ledger has ended: begin a new one under a new origin.",
        "请勿继续记录。请恢复最新备份及其后的变更日志；若记录已永久丢失，本账本即告终止，请以新名称另建。",
    ),
    # -- record
    "key-unknown": Text(
        "The statement is signed by a key that is not registered.", "声明所用的密钥未登记。",
        "Enrol the station's key, or sign with the one that is enrolled.", "请登记该终端的密钥，或使用已登记的密钥签名。",
    ),
    "key-not-yet-registered": Text(
        "The key was registered after this statement.", "该密钥在此声明之后才登记。",
        "Look at who registered the key, and when.", "请核查该密钥由谁、何时登记。",
    ),
    "key-outside-validity": Text(
        "The key was not valid at the time that the statement claims.", "在声明所称的时间，该密钥无效。",
        "Check the station's clock; renew the key when it has expired.", "请检查终端时钟；密钥过期请更换。",
    ),
    "key-retired": Text(
        "The key was retired before the time that the statement claims.", "在声明所称的时间之前，该密钥已停用。",
        "Sign with the station's new key.", "请使用终端的新密钥签名。",
    ),
    "key-compromised": Text(
        "The key was declared compromised.", "该密钥已被宣布泄露。",
        "Enrol a new key for the station and sign again; an officer must look at what the old one signed.",
        "请为终端登记新密钥并重新签名；旧密钥签过的内容须由专人核查。",
    ),
    "signature-wrong": Text(
        "The signature does not hold.", "签名无效。",
        "Sign the body as it is sent, with the key that the statement names.", "请用声明所指的密钥，对所发送的正文原样签名。",
    ),
    "body-too-large": Text(
        "The body is too large.", "正文过大。",
        "Split the event: at most 10,000 codes and 1 MiB each.", "请拆分：每个事件最多 10,000 个码、1 MiB。",
    ),
    "body-mismatch": Text(
        "The body is not the one that was signed.", "正文与签名的内容不一致。",
        "Send the very bytes that were signed.", "请原样发送签名时的内容。",
    ),
    "media-type-mismatch": Text(
        "The statement names another media type than its kind has.", "声明的媒体类型与其种类不符。",
        "Use the media type that docs/formats gives for this kind.", "请使用 docs/formats 中该种类对应的媒体类型。",
    ),
    "kind-mismatch": Text(
        "The statement claims another kind than the body is.", "声明所称的种类与正文不符。",
        "Let the statement say what the body is.", "请使声明与正文一致。",
    ),
    "kind-reserved": Text(
        "Only the ledger itself writes statements of this kind.", "此类声明只能由账本自身写入。",
        "Send events and papers only.", "请只提交事件和单据。",
    ),
    "subject-mismatch": Text(
        "The statement names another id than the body.", "声明的标识与正文不符。",
        "Use the event's or paper's id as the subject.", "请以事件或单据的标识作为主题。",
    ),
    "issuer-mismatch": Text(
        "The statement names another party than the one that holds the key.", "声明的主体并非密钥持有者。",
        "Let each party sign with its own key.", "请由各主体使用自己的密钥签名。",
    ),
    "not-the-registrar": Text(
        "Registrations, and nothing else, are signed by the ledger's key.", "账本密钥只用于登记。",
        "Register through `packledger enrol`; sign events with a station's key.",
        "请通过 `packledger enrol` 登记；事件由终端密钥签名。",
        "Let whoever runs the ledger register it; sign events with a station's key.",
        "登记请由账本运营方办理；事件由终端密钥签名。",
    ),
    "confidential-missing": Text(
        "The confidential part that the body names is missing.", "缺少正文所指的保密部分。",
        "Send it beside the body.", "请随正文一并发送。",
    ),
    "confidential-unexpected": Text(
        "A confidential part came that no body names.", "收到了正文未提及的保密部分。",
        "Leave it out, or let the body name its digest.", "请勿附上，或在正文中写明其摘要。",
    ),
    "confidential-mismatch": Text(
        "The confidential part is not the one that the body names.", "保密部分与正文所指不符。",
        "Send the very bytes whose digest the body carries.", "请原样发送正文摘要所对应的内容。",
    ),
    "links-too-many": Text(
        "The event touches too many packs.", "该事件涉及的药品过多。",
        "Split it by case.", "请按箱拆分。",
    ),
    "case-too-deep": Text(
        "Cases are nested too deeply.", "箱子嵌套过深。",
        "Unpack the outer cases first.", "请先拆开外层箱子。",
    ),
    "registration-malformed": Text(
        "A registration has a wrong field.", "登记内容有误。",
        "Correct the field that the detail names; docs/formats/registration.md shows each kind.",
        "请更正详情所指的字段，见 docs/formats/registration.md。",
    ),
    "registration-exists": Text(
        "This is registered already.", "此项已登记。",
        "Nothing to do; a change needs a new URI or key.", "无需处理；如有变更，请使用新的 URI 或密钥。",
    ),
    "registration-reference-unknown": Text(
        "It names something that is not registered.", "其中引用了未登记的对象。",
        "Register the party before its site, the site before its station, the station before its key.",
        "请依次登记主体、地点、终端、密钥。",
    ),
    "registrations-malformed": Text(
        "The file is not a list of registrations.", "文件不是登记列表。",
        "Write a JSON list of objects with a `kind`; docs/formats/registration.md shows one.",
        "请写成带 `kind` 的 JSON 对象列表，见 docs/formats/registration.md。",
    ),
    "upload-line-malformed": Text(
        "The line is not a submission.", "该行不是有效的提交。",
        "Write one JSON object a line; docs/formats/submission.md shows one.",
        "请每行写一个 JSON 对象，见 docs/formats/submission.md。",
    ),
    "upload-line-too-large": Text(
        "The line is too large.", "该行过大。",
        "Split the submission.", "请拆分提交内容。",
    ),
    # -- chain
    "page-malformed": Text(
        "A stored page of links cannot be read.", "存储的链页无法读取。",
        "Run `packledger verify` and restore the database from a sound copy.",
        "请运行 `packledger verify`，并从完好的副本恢复数据库。",
        *_OPERATOR,
    ),
    "seal-malformed": Text(
        "A seal cannot be read.", "封条无法读取。",
        "Run `packledger verify` and restore the database from a sound copy.",
        "请运行 `packledger verify`，并从完好的副本恢复数据库。",
        *_OPERATOR,
    ),
    "pedigree-malformed": Text(
        "The file is not a pedigree.", "文件不是谱系。",
        "Get the file again from its source; it must not be edited or reformatted.",
        "请向来源重新索取；文件不得编辑或重新排版。",
    ),
    # -- verify
    "pack-not-named": Text(
        "A statement in the pedigree is not about this pack.", "谱系中的一条声明与该药品无关。",
        "Do not rely on it; keep the file as evidence against whoever made it.", "请勿信赖；请保存该文件作为证据。",
    ),
    "audit-interrupted": Text(
        "Verification was interrupted.", "核验被中断。",
        "Start it again; with little memory, ask for fewer processes.", "请重新核验；内存不足时请减少进程数。",
    ),
    "anchor-missing": Text(
        "There is nothing from outside to verify against.", "没有可用于验证的外部依据。",
        "Give the ledger's verifier key with --key; get it from somebody who is not the ledger's operator.",
        "请用 --key 给出账本公钥，并从账本运营方以外的渠道取得。",
    ),
    "ledger-of-another": Text(
        "The database names another ledger than the one expected.", "数据库所属账本与预期不符。",
        "Check the verifier key and database_url. If both are right, the row was altered.",
        "请核对公钥和 database_url；若均无误，则该行已被改动。",
    ),
    "entry-missing": Text(
        "A statement is missing from the log.", "日志中缺少一条声明。",
        "It was deleted. Restore it from a sound copy: its neighbours prove that it was there.",
        "该条已被删除。请从完好副本恢复：相邻记录可证明其存在。",
    ),
    "entry-altered": Text(
        "A row of the log says other things than its statement.", "日志的一行与其声明不符。",
        "The row was altered. Restore it from a sound copy.", "该行已被改动。请从完好副本恢复。",
    ),
    "entry-unsealed": Text(
        "Statements stand at the end that no seal covers.", "末尾有未加封的声明。",
        "They were added from outside, or their seal was deleted.", "它们是从外部添加的，或封条已被删除。",
    ),
    "leaf-altered": Text(
        "A statement was altered.", "一条声明已被改动。",
        "Restore it from a sound copy.", "请从完好副本恢复。",
    ),
    "body-altered": Text(
        "A body is not the one that was signed.", "正文与签名的内容不一致。",
        "The body was altered after it was recorded. Restore it from a sound copy, and ask who could write to the database.",
        "正文在记录后被改动。请从完好副本恢复，并查明谁能写入数据库。",
    ),
    "salt-altered": Text(
        "The salt of a statement was altered.", "一条声明的盐值已被改动。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "seal-not-the-ledgers": Text(
        "A seal is not signed by the ledger.", "封条并非账本所签。",
        "Somebody else wrote it. Restore the database from a sound copy.", "封条系他人写入。请从完好副本恢复数据库。",
    ),
    "seal-mismatch": Text(
        "A seal covers other statements than those before it.", "封条所覆盖的声明与其之前的不符。",
        "Statements were added or deleted. Restore the database from a sound copy.",
        "有声明被添加或删除。请从完好副本恢复数据库。",
    ),
    "page-missing": Text(
        "A page of links is missing.", "缺少一页链环。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "page-altered": Text(
        "A page of links was altered.", "一页链环已被改动。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "page-unsealed": Text(
        "A page of links belongs to no seal.", "有一页链环不属于任何封条。",
        "It was added from outside.", "它是从外部添加的。",
    ),
    "links-altered": Text(
        "Links are not those that the seal commits to.", "链环与封条所承诺的不符。",
        "Restore the database from a sound copy.", "请从完好副本恢复数据库。",
    ),
    "chain-broken": Text(
        "A pack's chain does not hang together.", "某药品的链不连续。",
        "Restore the database from a sound copy; the detail names the pack.", "请从完好副本恢复数据库；详情指出了药品。",
    ),
    "pack-altered": Text(
        "A pack's row says other things than its chain.", "某药品的状态行与其链不符。",
        "Restore the row from a sound copy; the chain itself holds.", "请从完好副本恢复该行；链本身无误。",
    ),
    "pack-missing": Text(
        "A pack's row is missing.", "缺少某药品的状态行。",
        "Restore the row from a sound copy; the chain itself holds.", "请从完好副本恢复该行；链本身无误。",
    ),
    "anomaly-altered": Text(
        "The list of anomalies is not what was judged.", "异常列表与当时的判定不符。",
        "Restore the row from a sound copy; the pages hold what was judged.", "请从完好副本恢复该行；链页中保存着当时的判定。",
    ),
    "index-altered": Text(
        "The index of events says other things than the log.", "事件索引与日志不符。",
        "Make it again with 'packledger reindex'; the log itself holds.", "请用 'packledger reindex' 重建索引；日志本身无误。",
        *_OPERATOR,
    ),
    "tile-altered": Text(
        "A tile of the tree is not made of the log's statements.", "哈希树的瓦片与日志不符。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "checkpoint-altered": Text(
        "A signed head was altered, or is not the ledger's.", "签名头已被改动，或并非本账本所签。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "checkpoint-mismatch": Text(
        "The log is another history than the one that was signed.", "日志与签名时的历史不同。",
        "The log was rewritten. Keep both versions: together they are evidence.",
        "日志已被改写。请保留两个版本，它们共同构成证据。",
    ),
    "log-shrunk": Text(
        "The log is shorter than what was signed.", "日志短于已签名的内容。",
        "The newest statements were deleted, or an old copy was restored.", "最新的声明已被删除，或恢复了旧副本。",
    ),
    "checkpoint-missing": Text(
        "A seal has no signed checkpoint.", "一个封存点缺少已签名的检查点。",
        "Open the ledger once: what a crash left unsigned is signed then. If it stays, the row was deleted.",
        "请打开一次账本：因故障未签名的将被补签；若仍缺失，则该行已被删除。",
    ),
    "table-missing": Text(
        "A table or a column of the ledger is gone.", "账本缺少一个数据表或一列。",
        "The database was edited by hand. Restore what is named from a sound copy, then verify again.",
        "数据库被手工改动。请从完好副本恢复所列内容，然后重新验证。",
    ),
    "row-twice": Text(
        "A table holds the same row twice, and its key is gone.", "数据表的键已缺失，同一行出现了两次。",
        "The database was edited by hand. Restore table and row from a sound copy.",
        "数据库被手工改动。请从完好副本恢复该表和该行。",
    ),
    "row-malformed": Text(
        "A table holds a value of the wrong type.", "数据表中存在类型错误的值。",
        "The database was edited by hand. Restore the row from a sound copy.", "数据库被手工改动。请从完好副本恢复该行。",
    ),
    "row-outside-log": Text(
        "A row belongs to no statement of the log.", "某行不属于日志中的任何声明。",
        "It was added from outside, or the statements were cut off. Compare with a sound copy.",
        "该行系外部添加，或日志被截断。请与完好副本比较。",
    ),
    "erasure-undone": Text(
        "Personal data that was erased can be read again.", "已删除的个人信息又可读取。",
        "Destroy the key again, and find out which backup it came from.", "请再次销毁密钥，并查明其来自哪个备份。",
    ),
    "registration-altered": Text(
        "A row of the registry says other things than its registration.", "登记表的一行与其登记声明不符。",
        "The row was altered: a key or a name may be somebody else's. Restore it from a sound copy.",
        "该行已被改动，密钥或名称可能属于他人。请从完好副本恢复。",
    ),
    "registration-unsigned": Text(
        "A row of the registry was made by no statement.", "登记表有一行没有对应的声明。",
        "It was added from outside. Delete it.", "它是从外部添加的，请删除。",
    ),
    "confidential-altered": Text(
        "A confidential part was altered, or cannot be opened any more.", "保密部分已被改动，或无法再打开。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "person-missing": Text(
        "The key of a person is missing.", "缺少某人的密钥。",
        "Restore the row from a sound copy; an erasure leaves the row and a statement.",
        "请从完好副本恢复该行；正常的删除会保留该行并留有声明。",
    ),
    "person-key-altered": Text(
        "The wrapped key of a person was altered.", "某人的密钥已被改动。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "erasure-unsigned": Text(
        "A person's key is gone, and no statement says that it was erased.", "某人的密钥已不存在，却没有删除声明。",
        "Restore the row from a sound copy.", "请从完好副本恢复该行。",
    ),
    "receipt-of-another-head": Text(
        "The receipt proves another head than the checkpoint in the file.", "回执对应的签名头与文件中的不同。",
        "Get the file again; parts of two files were mixed.", "请重新索取文件；其中混入了另一文件的内容。",
    ),
    "case-altered": Text(
        "A case does not stand where its actions lead.", "案件状态与其办理记录不符。",
        "Rebuild the cases from the log, and ask who could write to the database.",
        "请由日志重建案件状态，并查明谁能写入数据库。",
    ),
    # -- lake
    "lake-missing": Text(
        "There is no lake in this folder.", "该文件夹中没有数据湖。",
        "Make it with `packledger lake update`, or name its folder with --lake.",
        "请用 `packledger lake update` 创建，或用 --lake 指明其文件夹。",
        *_LAKE,
    ),
    "lake-malformed": Text(
        "The manifest of the lake is not what its format says.", "数据湖的清单不符合格式。",
        "Get the manifest again, or delete the lake and make it anew.", "请重新索取清单，或删除数据湖后重新创建。",
    ),
    "lake-outdated": Text(
        "The lake was made by another version.", "数据湖由另一版本创建。",
        "Run `packledger lake update`: it writes the lake anew.", "请运行 `packledger lake update`，数据湖将重新写出。",
        *_LAKE,
    ),
    "lake-busy": Text(
        "The lake is being updated, or read by rules.", "数据湖正在更新，或正被规则读取。",
        "Try again when that has ended.", "请待其结束后重试。",
    ),
    "lake-unreachable": Text(
        "The lake's folder could not be read or written.", "无法读取或写入数据湖文件夹。",
        "Free space on the disk or mend its permissions, and try again: the lake is as it was.",
        "请释放磁盘空间或修正权限后重试；数据湖保持原样。",
    ),
    "lake-not-ours": Text(
        "The folder holds something that does not belong into a lake.", "文件夹中有不属于数据湖的内容。",
        "Choose an empty folder, or take the named file away.", "请另选空文件夹，或移走所指文件。",
    ),
    "lake-of-another": Text(
        "The lake was made from another log.", "数据湖来自另一日志。",
        "Check the folder and the key. If both are right, the lake was tampered with, or the log was.",
        "请核对文件夹与公钥；若都无误，则数据湖或日志被篡改。",
    ),
    "lake-ahead": Text(
        "The lake holds more statements than the log.", "数据湖中的声明多于日志。",
        "The database went back in time: restore it from a sound copy.", "数据库倒退了：请从完好副本恢复。",
    ),
    "lake-persons-differ": Text(
        "The lake was made with persons and is asked for without, or the other way round.",
        "数据湖的创建方式（含或不含个人）与此次要求不同。",
        "Keep two lakes in two folders (--lake).", "请用两个文件夹（--lake）分别保存。",
        *_OPERATOR,
    ),
    "lake-file-missing": Text(
        "A file of the lake is gone.", "数据湖缺少一个文件。",
        "Get the lake again, or delete it and make it anew.", "请重新索取数据湖，或删除后重新创建。",
    ),
    "lake-file-altered": Text(
        "A file of the lake is not the one that its manifest names.", "数据湖中有文件与清单不符。",
        "Do not rely on it: get the lake again, or delete it and make it anew.",
        "请勿采信：请重新索取数据湖，或删除后重新创建。",
    ),
    "lake-file-unexpected": Text(
        "The lake's folder holds a file that its manifest does not name.", "数据湖文件夹中有清单未列出的文件。",
        "An update was interrupted, or somebody put it there: `packledger lake update` takes leftovers away.",
        "可能是更新中断或被人放入：`packledger lake update` 会清除残留。",
        *_OPERATOR,
    ),
    "lake-rows-altered": Text(
        "A file of the lake does not say what the log says.", "数据湖中有文件与日志内容不符。",
        "Verify the ledger; if it is sound, delete the lake and make it anew.",
        "请验证账本；若账本无误，请删除数据湖后重新创建。",
    ),
    "lake-holds-erased": Text(
        "Somebody still stands in the lake whose personal data were erased.", "数据湖中仍有个人数据已被删除者。",
        "Run `packledger lake update`, and destroy copies of the lake.", "请运行 `packledger lake update`，并销毁数据湖的副本。",
        *_OPERATOR,
    ),
    # -- findings and cases
    "finding-malformed": Text(
        "A stored finding cannot be read.", "存储的疑点无法读取。",
        "Delete the findings and run the rules again; nothing is lost but when each was first seen.",
        "请删除疑点后重新运行规则；除首次发现时间外没有损失。",
    ),
    "finding-unknown": Text(
        "There is no such finding, or several begin so.", "没有这个疑点，或有多个疑点以此开头。",
        "Give the whole id, as `packledger findings list --json` shows it.", "请给出完整编号，见 `packledger findings list --json`。",
        "Give the whole id, as `GET /v1/findings` lists it.", "请给出完整编号，见 `GET /v1/findings`。",
    ),
    "finding-elsewhere": Text(
        "A finding does not belong to this case.", "疑点不属于本案。",
        "Add it to the case first.", "请先将其加入本案。",
    ),
    "key-not-enrolled": Text(
        "No station is registered with this key.", "没有终端登记过此密钥。",
        "Enrol the station of your office, or name its key file.", "请登记本机关的终端，或指明其密钥文件。",
    ),
    "case-not-authorised": Text(
        "Only offices work on cases.", "只有主管机关可以办理案件。",
        "Sign with a station of an insurer, of the medicine or commerce regulator, of the tax office or the police.",
        "请用医保、药监、商务、税务或公安机关的终端签名。",
    ),
    "case-unknown": Text(
        "There is no such case.", "没有这个案件。",
        "Look at `packledger case list`.", "请查看 `packledger case list`。",
        "Give a number that `GET /v1/cases` lists.", "请给出 `GET /v1/cases` 所列的案件编号。",
    ),
    "case-exists": Text(
        "A case with this id is open already.", "该编号的案件已经立案。",
        "Use a new id.", "请使用新的编号。",
    ),
    "case-closed": Text(
        "The case is closed.", "案件已结。",
        "Claim it first: that opens it again.", "请先认领，案件即重新办理。",
    ),
    "case-elsewhere": Text(
        "Another office has the case.", "案件由其他机关承办。",
        "Ask that office to hand it over; notes and findings may be added by any.",
        "请该机关移交；任何机关都可以补充疑点和记录。",
    ),
    "case-changed": Text(
        "Somebody acted in the case meanwhile.", "其间已有他人对案件进行了操作。",
        "Look at the case as it stands now, and decide again.", "请查看案件当前状态后重新决定。",
    ),
    "case-taken": Text(
        "A colleague works on the case.", "同事正在办理该案件。",
        "Agree with them; then take it over with `packledger case claim N --take-over`, or name in `after` the newest action.",
        "请先与其商定，再用 `packledger case claim N --take-over` 接手，或在 `after` 中写明最新的操作。",
        "Agree with them; then name in `after` the newest action of the case.",
        "请先与其商定，再在 `after` 中写明案件最新的操作。",
    ),
    "ask-unknown": Text(
        "No such name was asked for in this case, or it is allowed already.", "本案没有该项查明身份的申请，或已获批准。",
        "Look at the case; who is asked for anew has a new id.", "请查看案件；重新申请会有新的编号。",
    ),
    "ask-own": Text(
        "Nobody allows what they asked for themselves.", "不得批准本人提出的申请。",
        "Let another officer of the office decide.", "请由本机关另一名办案人员审批。",
    ),
    "ask-ended": Text(
        "The request to be told a name has ended.", "查明身份的申请已过期。",
        "Ask anew, and let a second officer allow it in time.", "请重新申请，并由第二名办案人员及时审批。",
    ),
    "deadline-past": Text(
        "A deadline lies ahead.", "期限必须晚于当前时间。",
        "Give a later moment; a day counts to its end in UTC.", "请给出更晚的时间；只写日期时，以该日（UTC）结束为准。",
    ),
    "name-not-allowed": Text(
        "You may not be told this name.", "您无权查看该身份信息。",
        "Ask for it in a case, and let a second officer allow it; it is told to who asked, for a day.",
        "请在案件中申请，由第二名办案人员批准；只告知申请人，有效期一天。",
    ),
    "person-erased": Text(
        "This person's data were erased.", "该人的个人数据已被删除。",
        "Nothing can bring them back; what was done on the card stays.", "数据无法恢复；用卡记录仍然保留。",
    ),
    "case-full": Text(
        "The case has too many findings.", "案件的疑点过多。",
        "Open a second case.", "请另立一案。",
    ),
    "office-unknown": Text(
        "No office has this URI.", "没有机关使用此标识。",
        "Name the party of an insurer, a regulator, the tax office or the police, as it is registered.",
        "请填写已登记的医保、监管、税务或公安机关的标识。",
    ),
    "publishing-not-authorised": Text(
        "Only offices put rules into force.", "只有主管机关可以发布规则。",
        "Sign with a station of an insurer, of the medicine or commerce regulator, of the tax office or the police.",
        "请用医保、药监、商务、税务或公安机关的终端签名。",
    ),
    "seizure-not-authorised": Text(
        "This office may not seize.", "该机关无权查扣。",
        "Sign with a station of the police or the medicine regulator.", "请用公安或药监机关的终端签名。",
    ),
    "seizure-empty": Text(
        "The seizure list has no lines.", "查扣清单没有内容。",
        "Check the file.", "请检查文件。",
    ),
    "seizure-too-long": Text(
        "The seizure list is too long.", "查扣清单过长。",
        "Split it into several lists.", "请拆分为多份清单。",
    ),
    "lake-needed": Text(
        "This needs the lake.", "此操作需要数据湖。",
        "Make it with `packledger lake update`.", "请用 `packledger lake update` 创建。",
    ),
    "rule-text-missing": Text(
        "The text of a rule that made a finding is not kept.", "产生疑点的规则文本没有保存。",
        "Run the rules again.", "请重新运行规则。",
    ),
    # -- bundle
    "casefile-malformed": Text(
        "The file is not what a bundle's format says.", "文件不符合案卷格式。",
        "Get the bundle again from whoever exported it.", "请向导出者重新索取案卷。",
    ),
    "bundle-too-large": Text(
        "The bundle is larger than any case file.", "案卷超出允许的大小。",
        "Do not open it; ask where it comes from.", "请勿打开，并查明来源。",
    ),
    "bundle-member-missing": Text(
        "A file of the bundle is gone.", "案卷中缺少一个文件。",
        "Get the bundle again; somebody took something out.", "请重新索取案卷；有内容被取走。",
    ),
    "bundle-member-altered": Text(
        "A file of the bundle is not the one that was signed.", "案卷中有文件与签名时不同。",
        "Get the bundle again; somebody altered it.", "请重新索取案卷；有内容被改动。",
    ),
    "bundle-member-unlisted": Text(
        "The bundle has a file that its index does not list.", "案卷中有目录未列出的文件。",
        "Get the bundle again; somebody put something in.", "请重新索取案卷；有内容被加入。",
    ),
    "bundle-index-wrong": Text(
        "The signature is not for the index of this case.", "签名不属于本案目录。",
        "Get the bundle again; parts of two bundles were mixed.", "请重新索取案卷；其中混入了另一案卷的内容。",
    ),
    "bundle-case-wrong": Text(
        "The case does not stand where its actions lead.", "案件状态与其办理记录不符。",
        "Do not rely on this bundle; ask for the check of the whole ledger.", "请勿采信此案卷，并要求核验整个账本。",
    ),
    "bundle-findings-wrong": Text(
        "The findings are not those of the case.", "疑点与案件不符。",
        "Do not rely on this bundle; ask for the check of the whole ledger.", "请勿采信此案卷，并要求核验整个账本。",
    ),
    "bundle-rule-wrong": Text(
        "A rule's text is not the version that made the finding.", "规则文本与产生疑点的版本不符。",
        "Do not rely on this bundle; ask for the rule as it was published.", "请勿采信此案卷，并索取已发布的规则。",
    ),
    "bundle-evidence-missing": Text(
        "A statement that is evidence is not in the bundle.", "案卷中缺少作为证据的声明。",
        "Do not rely on this bundle; ask for it to be exported again.", "请勿采信此案卷，并要求重新导出。",
    ),
    "bundle-pedigree-wrong": Text(
        "A pedigree does not belong to this case.", "谱系不属于本案。",
        "Do not rely on this bundle; ask for it to be exported again.", "请勿采信此案卷，并要求重新导出。",
    ),
    "bundle-facts-wrong": Text(
        "A fact does not say what its statement says.", "事实与其声明不符。",
        "Do not rely on this bundle; have the lake verified.", "请勿采信此案卷，并核验数据湖。",
    ),
    "bundle-tracing-wrong": Text(
        "What was traced does not fit what was seized.", "溯源结果与查扣清单不符。",
        "Do not rely on this bundle; ask for it to be exported again.", "请勿采信此案卷，并要求重新导出。",
    ),
    "bundle-page-wrong": Text(
        "The page for people does not say what the case file says.", "页面内容与案卷不符。",
        "Do not rely on the page; the other files may be sound.", "请勿采信页面；其他文件可能仍然可靠。",
    ),
    # -- rules
    "rule-malformed": Text(
        "A rule file is not a rule.", "规则文件不符合格式。",
        "Mend the line that the detail names; docs/formats/rule.md shows a rule.", "请修改详情所指的行；格式见 docs/formats/rule.md。",
    ),
    "rule-not-allowed": Text(
        "A rule says something that rules may not say.", "规则中含有不允许的内容。",
        "A rule is one query about the facts: no files, settings, clock or chance. The detail names the line.",
        "规则只能是一条关于事实的查询：不得使用文件、设置、时钟或随机数。详情指出了所在行。",
    ),
    "rule-parameter": Text(
        "A parameter does not fit.", "参数不合适。",
        "See `packledger rules show RULE` for its parameters and their units.", "请用 `packledger rules show 规则` 查看参数及单位。",
    ),
    "rule-failed": Text(
        "A rule could not be run.", "规则运行失败。",
        "Mend the line that the detail names, and try again; other rules were not stopped by it.",
        "请修改详情所指的行后重试；其他规则未受影响。",
    ),
    "rule-needs-memory": Text(
        "A rule needs more memory than it may take.", "规则所需内存超过允许的上限。",
        "Raise the setting rules_memory_mib, with Spark the one of its own that is named, or free space for "
        "temporary files (docs/reference/settings.md).",
        "请调高设置 rules_memory_mib（使用 Spark 时为其所指的 Spark 设置），或为临时文件腾出磁盘空间"
        "（见 docs/reference/settings.md）。",
    ),
    "rule-too-long": Text(
        "A rule took too long and was stopped.", "规则运行超时，已停止。",
        "Look for a join without a key; see docs/formats/rule.md.", "请检查是否有缺少连接条件的关联；见 docs/formats/rule.md。",
    ),
    "rule-column": Text(
        "A rule returned something other than its columns promise.", "规则返回的列不符合约定。",
        "See the table of columns in docs/formats/rule.md.", "请查看 docs/formats/rule.md 中的列说明。",
    ),
    "rule-unknown": Text(
        "There is no such rule.", "没有这条规则。",
        "See `packledger rules list`, or name a file.", "请用 `packledger rules list` 查看，或指定文件。",
    ),
    "outcomes-malformed": Text(
        "The list of outcomes does not have its form.", "案件结果清单格式有误。",
        'Write JSON: a list of {"finding": …, "outcome": "confirmed" | "false-alarm" | "unresolved"}.',
        '请使用 JSON：由 {"finding": …, "outcome": "confirmed" | "false-alarm" | "unresolved"} 组成的列表。',
    ),
    "spark-missing": Text(
        "Spark cannot be reached from here.", "此处无法使用 Spark。",
        "Install the extra `cluster` and a Java 17 or newer (`make system`), or check the address of the cluster.",
        "请安装附加组件 `cluster` 和 Java 17 或更高版本（`make system`），或检查集群地址。",
    ),
    # -- the door
    "access-missing": Text(
        "This is not for everybody.", "此项操作不对公众开放。",
        "Show an API key: `Authorization: Bearer plk_…`.", "请出示 API 密钥：`Authorization: Bearer plk_…`。",
    ),
    "access-unknown": Text(
        "The API key or token is not known, or has ended.", "API 密钥或令牌未知或已失效。",
        "Ask the ledger's keeper for a new one; without any, what is public can still be read.",
        "请向账本管理方申请新的密钥；不出示密钥仍可读取公开内容。",
    ),
    "token-keys-unavailable": Text(
        "The keys of the sign-on service cannot be fetched.", "无法获取单点登录服务的公钥。",
        "Try again; use an API key meanwhile.", "请稍后重试，期间可使用 API 密钥。",
    ),
    "access-denied": Text(
        "This API key or token does not allow this.", "该 API 密钥或令牌无此权限。",
        "Ask the ledger's keeper for a key with that action.", "请向账本管理方申请具有该权限的密钥。",
    ),
    "officer-unknown": Text(
        "This API key or token belongs to no officer.", "该 API 密钥或令牌不属于任何办案人员。",
        "Ask the ledger's keeper to appoint you: `packledger officer add`.", "请由账本管理方办理任命：`packledger officer add`。",
        "Ask whoever runs the ledger to appoint you as an officer.", "请联系账本运营方任命您为办案人员。",
    ),
    "fence-open": Text(
        "This database or role knows no second fence.", "该数据库或角色没有第二道访问屏障。",
        "On PostgreSQL, let the database's keeper make a role that owns nothing, run `packledger door-role ROLE`, and set door_database_url.",
        "请在 PostgreSQL 上由数据库管理员建立一个不拥有任何表的角色，运行 `packledger door-role 角色`，再设置 door_database_url。",
    ),
    "fence-altered": Text(
        "A policy of the second fence is gone, altered, or has another beside it.", "第二道访问屏障的策略缺失、被改动，或另有他人添加的策略。",
        "Ask the database's keeper who changed it; make it again as migrations/versions/0003_fence.py has it.",
        "请向数据库管理员查明是谁改动的；并按 migrations/versions/0003_fence.py 重建该策略。",
    ),
    "role-unknown": Text(
        "The database has no such role.", "数据库中没有该角色。",
        "Let the database's keeper make it: CREATE ROLE … LOGIN.", "请由数据库管理员建立：CREATE ROLE … LOGIN。",
    ),
    "query-unknown": Text(
        "Your office keeps no query of this name.", "贵机关没有保存该名称的查询。",
        "See /v1/queries for those that it keeps.", "请查看 /v1/queries 中已保存的查询。",
    ),
    "queries-too-many": Text(
        "Your office keeps as many queries as it may.", "贵机关保存的查询已达上限。",
        "Remove one that nobody asks any more.", "请删除不再使用的查询。",
    ),
    "page-unknown": Text(
        "The list does not go on from there.", "列表无法从此处继续。",
        "Begin anew: what was listed has changed meanwhile.", "请重新开始查询：其间数据已更新。",
    ),
    "export-too-large": Text(
        "There are more rows than one file may hold.", "行数超过单个文件的上限。",
        "Narrow the question, for example to a month or a region.", "请缩小查询范围，例如限定月份或地区。",
    ),
    "query-too-long": Text(
        "The question took too long to answer, or too much memory.", "查询耗时过长或占用内存过多。",
        "Narrow the question, for example to a month or a region.", "请缩小查询范围，例如限定月份或地区。",
    ),
    "product-unknown": Text(
        "No product is registered under this id.", "没有登记该编号的药品。",
        "Check the id: seven digits beginning with 8, or a GTIN of fourteen.", "请核对编号：以 8 开头的七位数字，或十四位 GTIN。",
    ),
    "api-key-unknown": Text(
        "There is no such API key.", "没有这个 API 密钥。",
        "See `packledger api-key list`; keys are named by their ids.", "请用 `packledger api-key list` 查看，密钥以编号指称。",
    ),
    "party-unknown": Text(
        "There is no such party.", "没有登记该主体。",
        "Give the URI under which it is registered.", "请给出其登记的 URI。",
    ),
    "site-unknown": Text(
        "There is no such site.", "没有登记该地点。",
        "Give the URI of one of your own registered sites.", "请给出本单位已登记地点的 URI。",
    ),
    "station-unknown": Text(
        "There is no such station.", "没有登记该终端。",
        "Register it first (`packledger enrol`), and give its URI.", "请先登记（`packledger enrol`），并给出其 URI。",
        "Let whoever runs the ledger register the station first, and give its URI.",
        "请先由账本运营方登记该终端，并给出其 URI。",
    ),
    "role-not-held": Text(
        "The party does not have this role.", "该主体没有此角色。",
        "Choose among the roles with which it is registered.", "请从其登记的角色中选择。",
    ),
    "action-unknown": Text(
        "There is no such action, or the roles do not grant it.", "没有此操作，或所选角色不具备该权限。",
        "See docs/reference/access.md.", "请查看 docs/reference/access.md。",
    ),
    "label-too-long": Text(
        "The label is too long.", "标签过长。",
        "Name the program or the place that uses the key, in a few words.", "请用几个词写明使用该密钥的程序或地点。",
    ),
    "enrolment-code-unknown": Text(
        "The enrolment code is not known, has expired, or was used for another key.", "注册码未知、已过期，或已用于其他密钥。",
        "Ask the ledger's keeper for a new code.", "请向账本管理方索取新的注册码。",
    ),
    "possession-not-shown": Text(
        "The proof is not by the private half of this key.", "证明不是由该公钥对应的私钥所签。",
        "Sign exactly the bytes that docs/formats/enrolment.md prescribes, with the key that is being enrolled.",
        "请用待注册的密钥对 docs/formats/enrolment.md 规定的字节签名。",
    ),
    "snapshot-malformed": Text(
        "The snapshot does not have its form.", "离线快照格式有误。",
        "Fetch it again.", "请重新获取。",
    ),
    "snapshot-beyond": Text(
        "The log does not reach that far.", "日志尚未达到该位置。",
        "Begin again with since=0; if the place came from this ledger, tell an auditor.",
        "请从 since=0 重新开始；若该位置来自本账本，请告知审计方。",
    ),
    "checkpoint-ahead": Text(
        "The checkpoint is of a longer log than the ledger has.", "该检查点的日志长度超过账本现有长度。",
        "Keep it, and tell an auditor: the ledger lost what it had signed.", "请保存并告知审计方：账本丢失了已签名的内容。",
    ),
    "checkpoint-forked": Text(
        "The checkpoint is of another history than the ledger has.", "该检查点与账本的历史不一致。",
        "Keep it, and tell an auditor: the ledger signed two histories.", "请保存并告知审计方：账本签署了两份不同的历史。",
    ),
    "entry-unknown": Text(
        "The log has no such entry under its newest signed head.", "日志在最新签名检查点之下没有这一条。",
        "Name it by its index, or by its leaf hash in 64 hexadecimal digits.", "请用序号或 64 位十六进制叶哈希指明。",
    ),
    "tile-unknown": Text(
        "The log has no such tile under its newest signed head.", "日志在最新签名检查点之下没有该瓦片。",
        "Fetch the checkpoint first; C2SP tlog-tiles says which tiles a log of that size has.",
        "请先获取检查点；C2SP tlog-tiles 规定了该大小的日志有哪些瓦片。",
    ),
    "log-key-unknown": Text(
        "The ledger has no such key.", "账本没有这个密钥。",
        "Name it by its kid in base64url without padding, as receipts and key set give it.",
        "请用收据和密钥集中的 kid（无填充的 base64url）指明。",
    ),
    "rate-exceeded": Text(
        "Too many requests.", "请求过于频繁。",
        "Wait a second, and send several submissions in one request.", "请稍候一秒，并在一次请求中提交多条。",
    ),
    "server-busy": Text(
        "The server has more to do than it can hold.", "服务器繁忙。",
        "Nothing was done: send the same again in a moment.", "尚未处理任何内容：请稍后重新发送。",
    ),
    "server-fault": Text(
        "The server failed.", "服务器内部故障。",
        "Send the same again; if it stays, tell the ledger's keeper the X-Request-Id.",
        "请重新发送；若仍如此，请将 X-Request-Id 告知账本管理方。",
    ),
    "route-unknown": Text(
        "There is nothing at this address.", "该地址不存在。",
        "See /openapi.json for what there is.", "请查看 /openapi.json 了解可用地址。",
    ),
    "method-not-allowed": Text(
        "This address does not understand this method.", "该地址不支持此方法。",
        "Use one of those in the Allow header.", "请使用 Allow 头中列出的方法。",
    ),
    "media-type-unsupported": Text(
        "The body is of a type that this address does not read.", "该地址不接受此类型的内容。",
        "Set Content-Type to one of those that the detail names.", "请将 Content-Type 设为详情中列出的类型之一。",
    ),
    "request-malformed": Text(
        "The body is not JSON.", "请求内容不是 JSON。",
        "Send JSON in UTF-8; the detail names the place.", "请发送 UTF-8 编码的 JSON；详情指出了位置。",
    ),
    "request-invalid": Text(
        "The request does not have the form that this address asks for.", "请求不符合该地址要求的格式。",
        "The detail names the member at fault; /openapi.json describes them all.", "详情指出了出错的成员；/openapi.json 描述了全部格式。",
    ),
    "request-too-large": Text(
        "The request is too large.", "请求内容过大。",
        "Send less at once, in several requests.", "请分多次发送。",
    ),
    "request-slow": Text(
        "The request did not arrive in time.", "请求未在规定时间内送达。",
        "Send less at once, in several requests.", "请分多次发送。",
    ),
    "request-cut-off": Text(
        "The connection ended before the request did.", "连接在请求发送完之前中断。",
        "Send the same again.", "请重新发送。",
    ),
    "submissions-too-many": Text(
        "There are too many submissions in one request.", "单次请求中的提交过多。",
        "Send them in several requests.", "请分多次发送。",
    ),
    # -- command line
    # -- witnesses and monitors
    "extension-malformed": Text(
        "The request is not one to a witness.", "这不是发给见证方的请求。",
        "Send it as docs/formats/witness.md says: the old size, the proof, an empty line, the checkpoint.",
        "请按 docs/formats/witness.md 发送：旧大小、证明、空行、检查点。",
    ),
    "extension-backwards": Text(
        "The old size is above that of the new checkpoint.", "旧大小大于新检查点的大小。",
        "Hand in the newest checkpoint.", "请提交最新的检查点。",
    ),
    "extension-behind": Text(
        "The witness cosigned another head last.", "见证方上次联署的是另一个树头。",
        "Prove the extension from the size in the answer.", "请从回复所给的大小起证明延续性。",
    ),
    "log-unknown": Text(
        "The witness does not know this log.", "见证方不认识该日志。",
        "Ask the witness's keeper to add the log's verifier key.", "请见证方管理员加入该日志的验证公钥。",
    ),
    "witness-state-failed": Text(
        "The witness cannot read or write what it cosigned.", "见证方无法读写其联署记录。",
        "Make its folder writable and its disk not full; nothing was cosigned.", "请确保其目录可写、磁盘未满；未作任何联署。",
    ),
    "witness-state-altered": Text(
        "What the witness kept is not what it cosigned.", "见证方保存的内容并非其所联署的内容。",
        "Find out who wrote there. With a lost or restored state, begin as a new witness with a new key.",
        "请查明何人改动。状态丢失或被恢复后，请用新密钥作为新的见证方重新开始。",
    ),
    "policy-missing": Text(
        "No file says which witnesses to ask.", "没有说明向哪些见证方请求联署的文件。",
        "Write the file `witnesses` in the home; docs/formats/witness.md shows one.",
        "请在账本目录中编写 `witnesses` 文件；示例见 docs/formats/witness.md。",
    ),
    "policy-without-url": Text(
        "A witness of the policy has no address.", "策略中的某个见证方没有地址。",
        "Add its URL at the end of its line.", "请在该行末尾加上其网址。",
    ),
    "url-malformed": Text(
        "This is not the address of a web server.", "这不是网络服务器的地址。",
        "Give http:// or https://, a host and a path, without a password.", "请给出 http:// 或 https:// 加主机和路径，不含密码。",
    ),
    "remote-unavailable": Text(
        "The other machine does not answer.", "对方服务器没有响应。",
        "Nothing was lost; try again later.", "没有丢失任何内容，请稍后重试。",
    ),
    "remote-answer-malformed": Text(
        "The other machine answers otherwise than it must.", "对方服务器的回复不符合规定。",
        "Check the address; if it is right, tell whoever runs that machine.", "请检查地址；若无误，请告知该服务器的运营者。",
    ),
    "remote-missing": Text(
        "The log shows no checkpoint.", "该日志没有公布检查点。",
        "Check the address: /checkpoint stands directly below it.", "请检查地址：其下应直接有 /checkpoint。",
    ),
    "witness-ahead": Text(
        "A witness has cosigned a longer log than ours.", "见证方曾联署比本账本更长的日志。",
        "Stop recording: the ledger went back in time. Restore its newest copy.", "请停止记录：账本已回退。请恢复最新的副本。",
    ),
    "witness-denies": Text(
        "A witness says that this log does not extend what it cosigned.", "见证方称该日志并非其所联署内容的延续。",
        "Stop recording, and compare the heads: somebody signed two histories in the ledger's name.",
        "请停止记录并比对树头：有人以账本名义签署了两种历史。",
    ),
    "witness-refuses": Text(
        "A witness does not cosign.", "见证方没有联署。",
        "Ask its keeper: 403 is a wrong key, 404 a log that it does not know.", "请询问其管理员：403 表示密钥不符，404 表示不认识该日志。",
    ),
    "witness-answer-malformed": Text(
        "A witness answers otherwise than it must.", "见证方的回复不符合规定。",
        "Check its address in the policy file; else tell its keeper.", "请检查策略文件中的地址，或告知其管理员。",
    ),
    "cosignature-missing": Text(
        "A witness says yes, but its signature is not there.", "见证方表示同意，但没有其签名。",
        "Compare its verifier key in the policy file with the one that it prints.", "请将策略文件中的验证公钥与其所显示的比对。",
    ),
    "monitor-state-failed": Text(
        "The monitor's own file cannot be read or written.", "监测方自己的文件无法读写。",
        "Make it writable and its disk not full; the next round goes on.", "请确保可写、磁盘未满；下一轮会继续。",
    ),
    "monitor-state-busy": Text(
        "Another monitor writes the same file.", "另一个监测程序正在写同一个文件。",
        "Let one monitor run for each --state; what the other one kept stays, and the next round goes on from it.",
        "每个 --state 只运行一个监测程序；另一程序所存内容保持不变，下一轮会从其继续。",
    ),
    "monitor-state-malformed": Text(
        "The monitor's own file is not as it wrote it.", "监测方自己的文件已不是其所写内容。",
        "Restore it from a copy; without it, begin anew with another --state, and past forks stay unseen.",
        "请从副本恢复；若无副本，请用另一个 --state 重新开始，但无法发现以前的分叉。",
    ),
    "entry-wrong": Text(
        "An entry is not the one that the log signed.", "某个条目并非日志所签署的条目。",
        "Somebody altered it, or it was damaged. Keep the monitor's file, and tell the authority.",
        "条目被篡改或损坏。请保存监测方文件并告知主管机关。",
    ),
    "entry-malformed": Text(
        "An entry of the log is no statement.", "日志中的某个条目不是有效声明。",
        "Tell whoever runs the ledger, and the authority.", "请告知账本运营者和主管机关。",
    ),
    "tile-wrong": Text(
        "A tile of the log is not what its entries lead to.", "日志的某个哈希块与其条目不符。",
        "Keep the monitor's file, and tell whoever runs the ledger.", "请保存监测方文件，并告知账本运营者。",
    ),
    "person-malformed": Text(
        "No person is known by such a document.", "没有人以此类证件登记。",
        "Give the kind of document with --id-type, and its number as it is printed, without blanks.",
        "请用 --id-type 给出证件类型，并按证件所印输入号码，不含空格。",
        "Correct the kind of document or its number; the number is written as it is printed, without blanks.",
        "请更正证件类型或号码；号码按证件所印填写，不含空格。",
    ),
    "person-unknown": Text(
        "The ledger holds nothing of this person.", "账本中没有此人的任何信息。",
        "Check the kind of document and its number; nothing was erased.", "请核对证件类型和号码；未删除任何内容。",
        "Give the pseudonym exactly as a finding or a case shows it.", "请原样使用疑点或案件中显示的假名。",
    ),
    "file-too-large": Text(
        "A file is larger than any of its kind.", "文件大于该类文件的上限。",
        "Check that it is the file you meant.", "请确认是否选错了文件。",
    ),
    "usage-wrong": Text(
        "The command was called wrongly.", "命令用法有误。",
        "See `packledger COMMAND --help`.", "请查看 `packledger 命令 --help`。",
    ),
    "file-failed": Text(
        "A file could not be read or written.", "文件无法读取或写入。",
        "Check the path, its permissions, and that the disk has room.", "请检查路径、权限以及磁盘是否有空间。",
    ),
    "file-exists": Text(
        "There is something in that place already.", "该位置已有内容。",
        "Choose another place, or delete what is there.", "请另选位置，或删除现有内容。",
    ),
    "pack-unknown": Text(
        "The ledger never heard of this pack.", "账本中没有这盒药。",
        "Check the code. A genuine pack is known from its maker on: an unknown one may be false.",
        "请核对追溯码。真药自生产起即有记录，未知的可能是假药。",
    ),
    "key-not-registered": Text(
        "No such key is registered.", "没有登记该密钥。",
        "Give all 64 digits of its thumbprint.", "请给出完整的 64 位指纹。",
    ),
    "key-not-compromised": Text(
        "This key was not declared compromised.", "该密钥未被宣布泄露。",
        "Declare it with `packledger revoke KID --reason compromised --since …` first.",
        "请先用 `packledger revoke KID --reason compromised --since …` 宣布。",
    ),
    "demo-nothing-caught": Text(
        "Nothing was caught in this country.", "这个模拟国度中没有发现问题。",
        "Try another --seed, or more --packs.", "请换一个 --seed 或增加 --packs。",
    ),
    "demo-attack-missed": Text(
        "The alteration was not found.", "改动没有被发现。",
        "This is a defect of packledger: please report it with the seed.", "这是 packledger 的缺陷，请附上种子报告。",
    ),
    "bench-unknown": Text(
        "There is no such benchmark.", "没有这个基准测试。",
        "Choose of one-pack, shipment, growth, trace, verify, lake, rules, seize, http; or detect, alone.",
        "请从 one-pack、shipment、growth、trace、verify、lake、rules、seize、http 中选择，或单独使用 detect。",
    ),
    "bench-broken": Text(
        "A benchmark did not do what it measures.", "基准测试未完成其应做之事。",
        "This is a defect of packledger: please report it with the command.", "这是 packledger 的缺陷，请附上命令报告。",
    ),
}
