"""The help of `packledger` in Chinese: one entry a command, with its parameters by name."""

from __future__ import annotations

from typing import Final

from ledger.usage import Help

__all__ = ["HELP", "SHARED"]

_VERIFIER_KEY: Final = "账本的验证公钥，须从其他渠道取得。"
_NEW_KEY: Final = "保存私钥的文件；该文件须尚不存在。"
_ONCE_MORE: Final = "可重复给出。"
_PACKS: Final = "生产多少盒药品。"
_MONTHS: Final = "流通多少个月。"
_SEED: Final = "种子相同，所得国家逐字节相同。"

SHARED: Final[dict[str, str]] = {
    "home": "账本目录：存放设置、密钥和最近的检查点。",
    "lake": "数据湖目录；默认为账本目录下的 `lake`。",
    "number": "案件编号。",
    "key": "本机关终端的私钥，用于为所办事项签名。",
    "findings": "疑点编号，或其开头几位。" + _ONCE_MORE,
    "vkey": _VERIFIER_KEY,
    "set_": "规则参数，如 gap_minutes=20 或 settled-twice.wait_days=45。" + _ONCE_MORE,
    "parameters": "参数文件（TOML）：每条规则一个表。",
    "engine": "duckdb（在本进程内运行）或 spark。",
    "master": "用于 spark：local[*]，或集群地址，如 spark://HOST:7077。",
    "lake_address": "用于 spark：集群节点访问数据湖目录的地址，如 s3a://BUCKET/lake；默认与本机相同。",
}
"""What parameters of one name mean in every command that says nothing else of them."""

HELP: Final[dict[str, Help]] = {
    "": Help(
        """药品追溯：以任何人都无法悄悄改动的证据为凭。

用五条命令建立第一个账本：
    packledger init --origin ledger.example/2026
        在 ./ledger.home 新建账本
    packledger simulate --out country
        生成一个小型模拟国家：有哪些主体、发生了什么
    packledger enrol country/registrations.json
        登记其中的主体、地点、终端、密钥和药品
    packledger record country/uploads.jsonl --unsafe-clock-from-file
        记录全部上传数据
    packledger verify
        验证每个签名、链环、封条和哈希

随后，`packledger trace CODE --pedigree FILE` 展示一盒药品的经过并写出其证明；`packledger verify FILE --key VKEY` 在任何机器上验证这些证明，无需账本。

退出码：0 有效，1 用法有误，2 运行故障，3 已完成但有需注意之处，10 链断裂，11 签名无效，12 密钥未知或已吊销，13 证明不成立，14 缺少外部依据，15 格式未知，16 输入不完整，130 已取消。"""
    ),
    "init": Help(
        """新建账本：生成密钥、数据表和第一条声明。

命令会显示账本的验证公钥，请交给所有需要验证的人。ledger.key 和 master.key 须自行妥善保管，并在安全处留存副本。""",
        origin="日志名称，如 ledger.example/2026。",
        database_url="postgresql://USER@HOST/NAME；默认为账本目录中的文件。",
    ),
    "migrate": Help("将旧账本的数据表升级到本程序所需的版本。"),
    "reindex": Help(
        """重建供查询事件使用的索引：先清空，再从日志读取。

其间查询需要等待，其他工作照常进行。若中断，下次查询会接着读取。"""
    ),
    "enrol": Help(
        """登记主体、地点、终端、密钥和药品。

列表中每个对象都有 `kind`（party、site、station、key 或 product）及该类的各字段；每类的示例见 docs/formats/registration.md。重复登记相同内容不会有任何改变。""",
        file="登记信息的 JSON 列表。",
    ),
    "revoke": Help(
        """终止一个密钥：`retired` 表示正常停用，`compromised` 表示自某时起已落入他人之手。

泄露的密钥在宣布泄露之前签署的内容仍留在日志中，可用 `suspect` 列出。""",
        kid="密钥指纹，64 位十六进制数字。",
        reason="retired（停用）或 compromised（泄露）。",
        since="自 1970 年起的秒数；默认为现在。",
    ),
    "erase": Help(
        """删除一个人的资料：销毁解密其保密部分的密钥，不可恢复。

证件号码由程序询问，或从标准输入读取，因为命令行会被他人看到。所有证明仍然有效；此人的保密内容从此再也无法读取。""",
        id_type="证件类型，如 identity_card。",
        reason="原因；会写入日志，请勿包含个人信息。",
    ),
    "status": Help("显示账本归谁所有，以及其中有多少内容。"),
    "key": Help(
        """在终端上生成终端密钥：私钥始终不离开终端。

命令会显示公钥的登记信息；请交给账本管理方，由其用 `enrol` 登记。""",
        station="将持有该密钥的终端的 URI。",
        out=_NEW_KEY,
    ),
    "sign": Help(
        "为正文签名，并显示可上传的一行，供 `record` 使用。",
        body="事件（EPCIS 2.0 JSON）或单据；按原样签名。",
        key_file="终端的私钥。",
        issuer="作出声明的主体的 URI。",
        kind="单据的种类：settlement、prescription 等；事件不用此项。",
        confidential="正文所指的保密部分。",
    ),
    "record": Help(
        """记录上传文件：每行单独处理，作出判定并给出应答。

格式有误或无法证实真实性的行会被拒绝并列出；其余各行全部写入日志，即使其内容不可能属实。重复记录同一文件不会有任何改变：每行得到首次的应答。""",
        files="上传文件（JSON Lines）；- 表示标准输入。",
        receipts="存放 COSE 回执的目录：每条声明一份，按日志序号命名。",
        unsafe_clock_from_file="仅用于模拟数据：以每行所写的接收时间作为记录时间。",
    ),
    "trace": Help(
        "展示一盒药品的经过：何人、何地、何时做了什么，有何异常。也可写出其谱系。",
        code="药品追溯码，扫描或手工输入均可。",
        pedigree="将该药品的链及证明写入此文件。",
        withhold_bodies="谱系中不附正文；证明仍然成立。",
    ),
    "verify": Help(
        """验证谱系、案卷、数据湖或整个账本。

验证谱系或案卷既不需要账本，也不需要网络，只需该文件和账本的验证公钥（--key）。数据湖也是如此：其文件与清单核对，清单中的检查点由该密钥签名。

验证整个账本时，核对每个签名、正文摘要、链环、封条、树哈希和检查点，并将每个证据数据表与日志核对，指出第一条有误的记录。不给出 --key 时，使用账本目录中账本自己的公钥。

加上 --index 时，还将供查询事件使用的索引与日志核对：索引并非证据，但其中缺少一行，查询就看不到该事件；可用 `packledger reindex` 重建。

若其间数据库出现故障，先显示日志中已验证的部分，再显示故障；退出码为 2。""",
        file="谱系、案卷（zip）或数据湖目录；不给出则验证账本。",
        processes="使用多少个进程；默认每个处理器一个。",
        index="验证账本时，同时核对供查询事件使用的索引。",
    ),
    "suspect": Help(
        "列出泄露的密钥自失窃至宣布泄露之间签署的内容。",
        kid="泄露的密钥的指纹，64 位十六进制数字。",
    ),
    "serve": Help(
        """通过 HTTP 提供账本服务，直到被要求结束。

地址、进程数和各项限制均为设置，见 docs/reference/settings.md。本服务只使用 HTTP，请在其前面设置提供 TLS 的代理。所提供的接口见 /openapi.json 和 docs/reference/api.md。收到 SIGTERM 后，先答完已开始的请求再结束。""",
        workers="进程数；默认按设置。",
    ),
    "enrolment-code": Help(
        """生成并显示一次性登记码，终端用它登记自行生成的密钥。

请勿通过网络传送，应以其他方式送交终端。使用方法见 docs/formats/enrolment.md。""",
        station="终端的 URI；该终端须已登记。",
        days="有效天数。",
    ),
    "door-role": Help(
        """允许一个 PostgreSQL 角色为 HTTP 接口读取数据，按数据表的策略逐行授权，除此之外一概不许。

然后将设置 door_database_url 指向同一数据库并使用该角色：各机关的读取均经由它进行。""",
        role="PostgreSQL 角色；须不拥有任何对象，且允许登录。",
    ),
    "import": Help(
        """将追溯平台的单据或医保上传数据导入为某主体的事件。

由网关签名。每行单独处理并得到应答，其中说明未采用的内容。重复导入同一文件不会有任何改变：每行得到首次的应答。格式见 docs/formats/bill.md 和 docs/formats/sale.md。""",
        form="bills（追溯平台的单据）或 sales（3505 和 3506）。",
        files="JSON 文件：一个对象、一个列表，或每行一个对象。",
        party="文件所属主体的 URI。",
    ),
    "witness-key": Help(
        """生成见证方的密钥，并显示其验证公钥，供各日志写入见证策略。

见证方须有专用密钥，不得用于其他签名。""",
        name="见证方名称，如 witness.example/w1。",
        out=_NEW_KEY,
    ),
    "witness": Help(
        """见证日志：只要新的树头是此前联署内容的延续，就予以联署（C2SP tlog-witness）。

由账本运营方以外的机关运行。无需数据库，也无需账本；请置于提供 TLS 的反向代理之后，并将其地址和验证公钥交给账本管理方。""",
        name="本见证方的名称，与生成密钥时一致。",
        key="见证方的私钥，由 `witness-key` 生成。",
        log="所见证日志的验证公钥。" + _ONCE_MORE,
        state="存放最近联署记录的目录。切勿用备份恢复。",
        host="监听地址。",
        port="监听端口；0 表示任选。",
    ),
    "cosign": Help(
        """请见证方联署最新的检查点，以账本目录中的策略文件 `witnesses` 为准。

该文件采用 C2SP tlog-policy 格式：每个见证方一行 `witness NAME VKEY URL`，另有分组和 quorum（须达到的联署要求）。满足要求的检查点予以保存，此后账本对外展示的就是它。记录从不等待见证方。""",
        follow="持续运行：每有新的检查点就再次请求，直到停止。",
        interval="与 --follow 同用：每隔多少秒查看一次。",
    ),
    "monitor": Help(
        """通过 HTTP 跟踪账本，重新计算每个哈希，一旦与其签名不符立即报警。

监测方保存自己的最近检查点。若账本分叉或缩短，展示的分块或条目不符，或条目不是声明，则显示问题代码并以相应退出码结束；否则持续运行，直到停止。""",
        url="账本公开其日志的地址，其下有 /checkpoint 和 /tile/。",
        key=_VERIFIER_KEY,
        state="保存监测方自己的检查点的文件，请妥善保管。",
        once="跟踪到最新的检查点后结束。",
        interval="每隔多少秒跟踪一次。",
        policy="必须已联署的见证方（C2SP tlog-policy）。",
        token_file="存放 API 密钥的文件；账本要求时使用。",  # noqa: S106  a text, not a secret
    ),
    "seize": Help(
        """记录查扣的药品，逐盒追溯并立案。

清单的每一行都会保留：追溯码作为查扣的药品，其余各行注明问题所在。药品在数据湖中追溯：何人售出、售给何人、用谁的医保卡、金额多少，以及有些为何不能追溯。""",
        file="清单：每行一个追溯码，扫描或手工输入均可。",
        file_number="本机关的案号。",
        place="查扣地点；请勿包含个人信息。",
        title="案名。",
        unreadable="追溯码已无法识读的盒数。",
        grams="全部查扣药品的重量（克）。",
    ),
    "simulate": Help(
        """生成模拟国家：夹有正常差错的合法经营，以及犯罪。

写出 registrations.json（供 `enrol`）、uploads.jsonl（供 `record --unsafe-clock-from-file`）和 truth.json（发生了哪些犯罪，涉及哪些药品、个人和金额）；给出 --scenario 时还写出 seizure.txt（公安机关在仓库中查获的清单，每次扫描一行）。""",
        out="写入的目录；该目录须尚不存在。",
        packs=_PACKS,
        months=_MONTHS,
        seed=_SEED,
        crimes="all（该国规模所容的全部犯罪）、none（无），或以逗号分隔的犯罪种类。",
        scenario="thirty-tons：在此之上加入本项目所源自的案件。",
        scale="该案的规模；1 为查扣 750,000 盒。",
        processes="另用多少个进程签名；所得逐字节相同。",
    ),
    "demo": Help(
        "在新账本上演示全过程：经营、犯罪、查出药品、证明、发现篡改、团伙案件。",
        folder="演示所用目录；每次重新建立。",
        packs=_PACKS,
        months=_MONTHS,
        seed=_SEED,
        seized="公安机关在仓库中大约查获多少盒。",
    ),
    "bench": Help(
        """测量本机性能：每项指标均与同次运行的物理极限并列，并给出比值。

完整规模约需一小时，其间请勿运行其他程序。

`bench detect` 则测量规则：记录多个模拟国家，将规则的发现与实际所为核对。每次同时处理两个国家；中断后再次运行会从中断处继续。""",
        names="one-pack、shipment、growth、trace、verify、lake、rules、seize、http：不给出则全部测量；或单独给出 detect。",
        scale="full（完整），或 small（快速查看）。",
        database_url="可新建数据库的 PostgreSQL 服务器，与 SQLite 一并测量。",
        seeds="用于 detect：有犯罪和无犯罪的国家各多少个。",
        packs="用于 detect：每个国家的药品盒数。",
        months="用于 detect：每个国家的月数。",
        folder="用于 detect：存放各国和结果的目录，以便继续运行。",
        write="将结果表写入此页面。",
    ),
    "api-key": Help("供程序表明其归属的密钥；账本只保存其摘要。"),
    "api-key add": Help(
        """为主体生成 API 密钥并显示：仅显示这一次。

账本只保存其摘要。各角色的权限见 docs/reference/access.md。""",
        party="将持有该密钥的主体的 URI。",
        role="以何角色请求。" + _ONCE_MORE,
        label="由哪个程序或地点使用。",
        action="在角色权限之内，只允许此操作。" + _ONCE_MORE,
        days="有效天数。",
    ),
    "api-key list": Help("列出 API 密钥，但不显示密钥本身。"),
    "api-key revoke": Help(
        "终止一个 API 密钥；服务器在十秒内停止接受。",
        key_id="密钥编号，即 `api-key list` 所显示的。",
    ),
    "officer": Help("通过 HTTP 接口代表机关办事的人员。"),
    "officer add": Help(
        """允许某人通过 HTTP 接口代表机关办事，并显示其 API 密钥：仅显示这一次。

网关为该终端保管密钥，并用它为办案人员所办事项签名；日志会注明这一点。自有终端的人员无需此项：由其终端签名，再提交声明。""",
        station="机关已登记终端的 URI：每名办案人员一个。",
        role="办案人员以何角色办事。" + _ONCE_MORE,
        label="哪个办案席位；请勿包含个人信息。",
        days="密钥有效天数。",
    ),
    "lake": Help("将账本事实存为 Parquet，供规则和分析使用。"),
    "lake update": Help(
        """将数据湖更新到账本最新的签名树头；尚无数据湖则新建。

只读取新增内容，以及其中有人员资料已被删除的分段。若中断，数据湖保持原样。个人只以假名出现；没有主密钥时完全不出现。""",
        without_persons="不含个人：用于无权查看个人的机关。",
    ),
    "lake verify": Help(
        """核对数据湖的文件与清单是否一致，以及账本是否签署了清单所指的树头。

无需账本，只需该目录和验证公钥（--key）。加上 --compare 时，还核对每一行是否与账本目录中的账本一致。指出第一个有误的文件。""",
        compare="从账本目录中的账本重新生成每个文件并比对。",
    ),
    "lake show": Help("显示数据湖的内容：数据表、行数、字节数，以及来自哪个日志。不作任何核对。"),
    "rules": Help("用于发现可疑药品、个人和机构的规则。"),
    "rules list": Help("列出已发布的规则：对象类型、疑点的严重程度和版本。"),
    "rules show": Help(
        "显示一条规则：缘由、哪些并非证据、参数和文本。",
        rule="已发布规则的名称，或规则文件。",
    ),
    "rules run": Help(
        """对数据湖运行已发布的规则，并显示各规则的发现数量。

发现结果保存在数据湖旁，下次运行只计算此后变动的部分。运行失败的规则会注明文件、行和原因，不影响其他规则。""",
        only="只运行此规则。" + _ONCE_MORE,
        anew="全部重新计算，不限于变动部分。",
        out="将每项命中写入此文件，每行一个 JSON。",
    ),
    "rules backtest": Help(
        """用规则草案回测全部历史数据，而不发布。

按月份和地区显示其发现，与各已发布规则的重合，以及本可发现哪些已办案件（按结论分列）。""",
        file="草案：一个规则文件。",
        outcomes="疑点及其案件结论的 JSON 列表。",
    ),
    "findings": Help("规则发现的疑点：各附证据，有待处理的，也有已关闭的。"),
    "findings update": Help(
        """对数据湖运行已发布的规则，并据此更新疑点。

与此前相同的保持不变；不再出现的注明原因并关闭；再次出现的重新打开。运行失败的规则会注明，且不关闭任何疑点。若中断，疑点保持原样。"""
    ),
    "findings publish": Help(
        "使规则以当前文本生效：每条规则在日志中写入一条附文本摘要的声明。",
        key="本机关终端的私钥，用于签名。",
        only="只发布此规则。" + _ONCE_MORE,
    ),
    "findings list": Help(
        "列出待处理的疑点：先按严重程度，再按把握，再按金额，从高到低。",
        rule="只列出此规则的疑点。",
        severity="只列出 high（严重）、medium（中等）或 low（轻微）的疑点。",
    ),
    "findings show": Help(
        "显示一个疑点：发现了什么、凭何证据、何时出现、为何关闭。",
        finding="疑点编号，或其开头几位。",
    ),
    "case": Help("由人员办理的案件：汇集相关疑点；每项操作均有签名。"),
    "case list": Help(
        "显示案件队列：案件、承办人、期限和金额；逾期的在前。",
        state="只列出 waiting（待认领）、working（办理中）或 closed（已结案）的案件。",
        office="只列出此机关（URI）的案件。",
        proposed="改为列出彼此相关但尚未立案的疑点。",
    ),
    "case show": Help("显示一个案件：进展、发现了什么、办理了什么；查扣的药品在数据湖中的追溯结果。"),
    "case open": Help(
        """以若干疑点立案；或由机关值班席将所有达到自动立案标准的一并立案。

自动立案的标准及理由见 docs/reference/opening.md。""",
        title="案名；请勿包含个人信息。",
        proposed="改为将所有达到自动立案标准的提议立案。",
    ),
    "case add": Help(
        "向案件补充疑点；任何机关均可。",
    ),
    "case claim": Help(
        "认领本机关的案件；已结案件将重新办理。",
        take_over="同事正在办理的案件也可接手。",
    ),
    "case note": Help(
        "在案件中写入记录；任何机关均可。",
        text="其他人需要知道的内容。将永久保留，请勿包含个人信息。",
    ),
    "case deadline": Help(
        "设定案件的办结期限。",
        until="UTC 时间，如 2026-12-31 或 2026-12-31T16:00:00Z。",
    ),
    "case hand-over": Help(
        "将案件移交其他机关：医保、药监、商务、税务或公安。",
        to="接收机关的 URI。",
        reason="原因；请勿包含个人信息。",
    ),
    "case close": Help(
        "对案件作出结论，或用 --finding 只对其中部分疑点作出结论；各规则的误报由此统计。",
        result="confirmed（属实）、false-alarm（误报）或 unresolved（未查清）。",
        cause="误报的原因：family（家属代取）、chronic-need（慢病用药需要）、lost-pack（药品遗失后补购）、"
        "returned（正常退货）、late-upload（补传数据）、scanner（扫码设备故障）、clerical（录入差错）、"
        "lawful-trade（合法经营）、rule（规则过严）、other（其他）。",
        text="结论的理由；请勿包含个人信息。",
    ),
    "case export": Help(
        "写出供法庭使用的案卷：一个 zip 文件，可用 `packledger verify` 在任何机器上验证，无需账本。",
        out="写入的文件；默认为 case-NUMBER.zip。",
        everything="同时包括查扣药品的全部销售和结算，不限数量。",
    ),
}
