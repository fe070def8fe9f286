"""The help of `packledger-station` in Chinese: one entry a command, with its parameters by name."""

from __future__ import annotations

from typing import Final

from ledger.usage import Help

__all__ = ["HELP", "SHARED"]

SHARED: Final[dict[str, str]] = {"station": "终端目录：存放密钥、待发送记录和设置。"}
"""What parameters of one name mean in every command that says nothing else of them."""

HELP: Final[dict[str, Help]] = {
    "": Help(
        """扫码台终端：扫码后立即给出判定并记录，有无网络均可。

    packledger-station enrol --ledger URL
        用一次性登记码登记；密钥在本机生成，不离开本机
    packledger-station serve
        在本机浏览器中打开扫码台
    packledger-station counter --mode receive
        在命令行窗口中使用，或接串口扫描枪
    packledger-station sync
        发送待发送的记录，并获取离线所需的数据
    packledger-station status
        待发送的记录、离线数据的新旧、有何问题

退出码：0 有效，1 用法有误，2 运行故障，3 已完成但有需注意之处，13 证明不成立，15 格式未知，130 已取消。"""
    ),
    "enrol": Help(
        """在本机生成终端密钥，并用一次性登记码登记。

登记码由账本运营方提供（`packledger enrolment-code STATION`）。私钥始终不离开终端目录，除其所有者外任何人不得读取。若未收到应答，请用同一登记码重试。""",
        ledger="账本的地址：https://HOST。",
        code="一次性登记码；不给出则由程序询问，或从管道读取。",
        key="账本运营方提供的账本公钥；与此不同的将被拒绝。",
        site="事件所用地点的 URI；默认由账本提供。",
        offset="本地时间与 UTC 的时差。",
    ),
    "serve": Help(
        """在本机浏览器中提供扫码台页面，直到被要求结束。

其他机器无法访问，其他网页也无法操控。无需互联网；一旦可以连接账本，扫码记录便会发送。""",
        port="本机地址 127.0.0.1 上的端口。",
    ),
    "counter": Help(
        """从标准输入读取扫码内容并记录，每行一次：用于命令行窗口或串口扫描枪。

事件签名并写入磁盘后，才显示应答并响铃。在命令行窗口中出现“停止”后，须输入空行确认，此前不接受任何内容。串口扫描枪用 `packledger-station counter --serial < /dev/ttyACM0` 读取；模拟键盘输入的扫描枪须先校准，才能识读含字母的码。""",
        mode="receive（收货）、ship（发货）、dispense-insured（医保发药）、dispense-self-pay（自费发药）、"
        "return（退药）、inspect（查验）或 stock-take（盘点）。",
        destination="发货时：收货方的 URI。",
        patient="医保发药时：存放患者医保卡号的文件。",
        serial="扫描枪经串口发送字符，而非模拟按键。",
        offline="全部保存在本机，由 `sync` 发送。",
    ),
    "calibrate": Help(
        """扫描一次内容已知的校准码，了解扫描枪如何向此窗口输入。

先用 --symbol FILE 写出校准码，打印或显示出来；再不带此选项运行本命令，并扫描校准码。`serve` 的页面可对浏览器做同样的校准，并会显示校准码。""",
        symbol="只将校准码写入此 SVG 文件，不做其他事。",
    ),
    "sync": Help(
        """发送待发送的记录，核对回执，并获取离线所需的数据。

无法连接账本时以 2 结束（全部记录均保留）；账本丢失记录或分叉时以 13 结束。"""
    ),
    "status": Help("显示待发送的记录、离线数据的新旧、还可离线多久，以及有何问题。"),
    "scan": Help(
        """识读图片中的码，不作任何记录。

由 zxing-cpp 和 zbar 两个解码器识读；两者都读出时结果必须一致。zbar 不能识读 Data Matrix。加上 --json 时，每行还包括码的字节（十六进制）。图片中没有码或码无法识读时，以退出码 3 结束。不是图片的文件会与其他结果一并列出；退出码由第一个这样的文件决定。""",
        images="含有码的图片。",
    ),
    "labels": Help(
        """写出药品和箱的标签，并由两个解码器回读确认。

国家追溯码编为 20 位数字，并在下方印出。给出的码含批号和有效期时，写入 GS1 码。""",
        out="写入的文件：单个码用 .png 或 .svg，多个码用 .pdf。",
        codes="追溯码，扫描枪所发送的任何格式均可。",
        source="含有更多码的文件，每行一个。",
        symbol="data-matrix 为 GS1 的方形码；qr 为 GS1 Digital Link。",
    ),
}
