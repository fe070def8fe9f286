"""What people read: each problem's title and advice, in English and Chinese.

One row a code. Rooms keep their rows together; a test holds the table against the codes that the source raises,
and `docs/reference/errors.md` is generated from it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["PROBLEMS", "Text"]


class Text(NamedTuple):
    """A problem in words: what is wrong, and what to do, in English (`en`) and Chinese (`zh`)."""

    en: str
    zh: str
    do_en: str
    do_zh: str


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
        "Name 1 to 10,000 codes, each once, and not the case itself.",
        "请列出 1 至 10000 个不重复的追溯码，且不含箱码本身。",
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
    "custody-malformed": Text(
        "A stored pack state cannot be read.", "无法读取已存的药品状态。",
        "Rebuild the pack states from the log.",
        "请由日志重建药品状态。",
    ),
    # -- papers
    "paper-kind": Text(
        "No paper has this kind.", "没有这种单据。",
        "Use settlement, prescription, invoice, seizure or recall.",
        "请使用 settlement、prescription、invoice、seizure 或 recall。",
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
    # -- identity
    # -- store
    # -- record
    # -- verify
    # -- nation
    "nation-size": Text(
        "No synthetic country can be made of these numbers.", "无法按这些数值生成合成国家。",
        "Choose packs, months and a start within the bounds that the detail names.", "请在详情所示范围内选择盒数、月数和起始时间。",
    ),
    "truth-malformed": Text(
        "This is not a truth file.", "这不是真相文件。",
        "Write it anew with the country's arguments; do not edit it.", "请用该国家的参数重新生成，不要手工修改。",
    ),
    # -- command line
}
