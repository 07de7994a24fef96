"""Writes the files of this folder that are tedious to write by hand: workbooks of several programs, and other encodings.

Each file has an expectation beside it (`NAME.txt`), which says what a person sees who opens the file. Expectations are
written here by hand, never copied from what the server says.
"""

import io
import pathlib
import zipfile

HERE = pathlib.Path(__file__).parent
MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
PACKAGE = 'http://schemas.openxmlformats.org/package/2006'


def case(name, content, expected):
    if isinstance(content, str):
        content = content.encode()
    (HERE / name).write_bytes(content)
    lines = expected.strip('\n').split('\n')
    customers = sorted(line for line in lines if line.startswith('= '))
    lines = [line for line in lines if not line.startswith('= ')] + customers
    (HERE / (name + '.txt')).write_text('\n'.join(lines) + '\n')


def column(index):
    return 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[index]


def escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


class Date(float):
    """A day as Excel counts it, in a cell with the format of dates."""


class Formula(str):
    """A formula with a result; None: without one, as programs write it that do not compute."""

    def __new__(cls, text, result=None):
        made = super().__new__(cls, text)
        made.result = result
        return made


class Broken(str):
    """A cell with an error value."""


def cell(place, value, texts):
    if value is None:
        return ''
    if isinstance(value, Formula):
        result = '' if value.result is None else f'<v>{escape(value.result)}</v>'
        return f'<c r="{place}" t="str"><f>{escape(value)}</f>{result}</c>'
    if isinstance(value, Broken):
        return f'<c r="{place}" t="e"><v>{value}</v></c>'
    if isinstance(value, Date):
        return f'<c r="{place}" s="1"><v>{float(value):g}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value}</v></c>'
    if texts is None:
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if value not in texts:
        texts.append(value)
    return f'<c r="{place}" t="s"><v>{texts.index(value)}</v></c>'


def xlsx(sheets, shared=False, states={}, merges={}, hidden_rows={}, hidden_columns={}, table=None, prefix='', folder='xl/',
         absolute=False, comment=''):
    """A workbook: rows of cells by the names of sheets. `shared` writes texts as Excel does, else each in its cell."""
    texts = [] if shared else None
    parts = {}
    for index, (name, rows) in enumerate(sheets.items()):
        lines = []
        for number, row in enumerate(rows, 1):
            hidden = ' hidden="1"' if number in hidden_rows.get(name, ()) else ''
            cells = ''.join(cell(f'{column(place)}{number}', value, texts) for place, value in enumerate(row))
            lines.append(f'<row r="{number}"{hidden}>{cells}</row>')
        cols = ''.join(f'<col min="{one}" max="{one}" width="9" hidden="1"/>' for one in hidden_columns.get(name, ()))
        merged = ''.join(f'<mergeCell ref="{one}"/>' for one in merges.get(name, ()))
        text = (f'<worksheet xmlns="{MAIN}">' + (f'<cols>{cols}</cols>' if cols else '')
                + f'<sheetData>{"".join(lines)}</sheetData>' + (f'<mergeCells>{merged}</mergeCells>' if merged else '')
                + '</worksheet>')
        if prefix:
            text = text.replace(f'xmlns="{MAIN}"', f'xmlns:{prefix}="{MAIN}"')
            text = text.replace('</', f'</{prefix}:').replace('<', f'<{prefix}:').replace(f'<{prefix}:/{prefix}:', f'</{prefix}:')
        parts[f'{folder}worksheets/sheet{index + 1}.xml'] = f'<?xml version="1.0" encoding="UTF-8"?>{comment}{text}'
    listed = ''.join(f'<sheet name="{escape(name)}" sheetId="{index + 1}" {states.get(name, "")} r:id="r{index + 1}"/>'
                     for index, name in enumerate(sheets))
    base = f'/{folder}' if absolute else ''
    related = ''.join(f'<Relationship Id="r{index + 1}" Type="{REL}/worksheet" Target="{base}worksheets/sheet{index + 1}.xml"/>'
                      for index in range(len(sheets)))
    related += f'<Relationship Id="st" Type="{REL}/styles" Target="{base}styles.xml"/>'
    if shared or table:
        related += f'<Relationship Id="ss" Type="{REL}/sharedStrings" Target="{base}sharedStrings.xml"/>'
        items = ''.join(f'<si><t>{escape(text)}</t></si>' for text in texts or [])
        parts[f'{folder}sharedStrings.xml'] = table or (
            f'<?xml version="1.0"?><sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{items}</sst>')
    types = f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/{folder}workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    head = f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">'
    styles = f'<?xml version="1.0"?><styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    return zipped({
        '[Content_Types].xml': types,
        '_rels/.rels': f'{head}<Relationship Id="r1" Type="{REL}/officeDocument" Target="{folder}workbook.xml"/></Relationships>',
        f'{folder}workbook.xml': f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets>{listed}</sheets></workbook>',
        f'{folder}_rels/workbook.xml.rels': f'{head}{related}</Relationships>',
        f'{folder}styles.xml': styles,
        **parts,
    })


def ods(tables, styles=''):
    """A workbook of LibreOffice: the XML of the rows by the names of tables."""
    names = ['office', 'style', 'text', 'table']
    spaces = ' '.join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    spaces += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    body = ''.join(f'<table:table table:name="{name}" {attributes}>{rows}</table:table>'
                   for name, (attributes, rows) in tables.items())
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3"><office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>'
    return zipped({'mimetype': 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': content})


def ods_row(*cells, attributes=''):
    def one(value):
        if value is None:
            return '<table:table-cell/>'
        if value.startswith('<'):
            return value
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    return f'<table:table-row {attributes}>{"".join(map(one, cells))}</table:table-row>'


H = ['客户名称', '联系人', '手机']

# Texts of spreadsheets: what programs write so that numbers keep their zeros, quotation marks, line ends.

case('excel-utf8-bom.csv', '\ufeff客户名称,联系人,手机\r\n上海海潮科技有限公司,李雷,13800138000\r\n', '''
# Excel: "CSV UTF-8".
encoding: UTF-8
2 CREATE | 上海海潮科技有限公司 | 李雷 | 13800138000
''')
case('excel-gbk.csv', '客户名称,联系人,手机\r\n上海海潮科技有限公司,李雷,13800138000\r\n北京青山制造厂,韩梅梅,010-68881234\r\n'.encode('gbk'), '''
# Excel in China: "CSV (comma delimited)".
encoding: gb18030
2 CREATE | 上海海潮科技有限公司 | 李雷 | 13800138000
3 CREATE | 北京青山制造厂 | 韩梅梅 | 010-68881234
''')
case('excel-unicode-text.txt.csv', '\ufeff客户名称\t联系人\r\n上海海潮科技有限公司\t李雷\r\n'.encode('utf-16-le'), '''
# Excel: "Unicode text".
encoding: UTF-16LE
2 CREATE | 上海海潮科技有限公司 | 李雷
''')
case('utf16-be-without-mark.csv', '客户名称,联系人\n上海海潮科技有限公司,李雷\n'.encode('utf-16-be'), '''
encoding: UTF-16BE
2 CREATE | 上海海潮科技有限公司 | 李雷
''')
case('big5.csv', '公司名稱,聯絡人,備註\r\n台北海潮科技股份有限公司,陳小明,展覽會\r\n高雄青山機械有限公司,林美玲,\r\n'.encode('big5'), '''
# Excel in Taiwan.
encoding: Big5
2 CREATE | 台北海潮科技股份有限公司 | 陳小明 | 展覽會
3 CREATE | 高雄青山機械有限公司 | 林美玲
''')
case('shift-jis.csv', 'Company,Contact\r\n株式会社ウエーブテクノロジー,山田太郎\r\n青山製作所,佐藤花子\r\n'.encode('shift_jis'), '''
# Excel in Japan.
encoding: Shift_JIS
2 CREATE | 株式会社ウエーブテクノロジー | 山田太郎
3 CREATE | 青山製作所 | 佐藤花子
''')
case('windows-1252.csv', 'Company;Contact\r\nMüller & Söhne GmbH;Jörg Groß\r\nBäckerei Schön;Zoë Weiß\r\n'.encode('cp1252'), '''
# Excel in Germany. The Central European encoding reads these letters in the same way.
encoding: windows-1252
2 CREATE | Müller & Söhne GmbH | Jörg Groß
3 CREATE | Bäckerei Schön | Zoë Weiß
''')
case('french-in-1252-or-1250.csv', 'Company;Note\r\nCrémerie Très Bonne;à côté\r\n'.encode('cp1252'), '''
# The bytes are words in two encodings, and nothing says which one is meant.
refused: ["file"] The encoding of the file is not certain: it may be windows-1252 ("Crémerie Très Bonne") or windows-1250 ("Crémerie Trčs Bonne"). Say which one in `encoding`, or save the file as CSV in UTF-8.
''')
case('french-with-encoding.csv', 'Company;Note\r\nCrémerie Très Bonne;à côté\r\n'.encode('cp1252'), '''
input: {"encoding": "windows-1252"}
encoding: windows-1252
2 CREATE | Crémerie Très Bonne | à côté
''')
case('wrong-encoding-given.csv', b'Company\n\xff\xff\xff\n', '''
input: {"encoding": "utf-8"}
refused: ["encoding"] The file is not text in UTF-8. Give its encoding, or leave `encoding` out.
''')
case('unknown-encoding-given.csv', 'Company\nAcme\n', '''
input: {"encoding": "klingon"}
refused: ["encoding"] "klingon" is not an encoding. Use a name like UTF-8, UTF-16LE, GB18030, Big5, Shift_JIS or windows-1252.
''')
case('gbk-and-utf8-mixed.csv', '客户名称\n上海海潮科技有限公司\n'.encode('gbk') + '北京青山制造有限责任公司\n广州云帆贸易有限公司\n深圳远航物流\n'.encode('utf-8'), '''
# Two files that were put together: no encoding reads both.
refused: ["file"] The file is neither a workbook (.xlsx, .ods) nor text in an encoding that is known here. Save it as .xlsx, or as CSV in UTF-8.
''')
case('equals-and-apostrophes.csv', '客户名称,联系人,手机,统一社会信用代码\n张家港双山锻造厂,甲,="13800120001",\n张家港香山铸造厂,乙,\'013800120002,\n张家港凤凰冲压厂,丙,`13800120003,="91320582MA1ABCDE1X"\n', '''
# How programs keep Excel from eating zeros.
2 CREATE | 张家港双山锻造厂 | 甲 | 13800120001
3 CREATE | 张家港香山铸造厂 | 乙 | 013800120002
4 CREATE | 张家港凤凰冲压厂 | 丙 | 13800120003 | 91320582MA1ABCDE1X
= 张家港凤凰冲压厂 91320582MA1ABCDE1X <- 丙 13800120003
= 张家港双山锻造厂 <- 甲 13800120001
= 张家港香山铸造厂 <- 乙 013800120002
''')
case('line-break-crlf.csv', '客户名称,备注\r\n盱眙都梁泵业厂,"一路1号\r\n二楼"\r\n', '''
2 CREATE | 盱眙都梁泵业厂 | 一路1号⏎二楼
''')
case('line-break-cr.csv', '客户名称,备注\r盱眙都梁泵业厂,"一路1号\r二楼"\r', '''
# Excel for Mac, long ago.
2 CREATE | 盱眙都梁泵业厂 | 一路1号⏎二楼
''')
case('quote-never-closed.csv', '客户名称\n句容茅山电器厂\n"句容宝华山电器厂\n句容赤山湖电器厂\n句容边城电器厂\n', '''
refused: ["file"] In row 3 a quotation mark is opened and never closed, so the rows after it can't be told apart. Remove it, or double it if it belongs to the text.
''')
case('quotes-that-swallow-rows.csv', '客户名称,备注\n"句容茅山电器厂,\n句容宝华山电器厂",\n句容赤山湖电器厂,\n', '''
# Two marks that are no pair: a company's name never has two lines.
2 ERROR | 句容茅山电器厂,⏎句容宝华山电器厂 ! 客户名称: can't contain line breaks or tabs: is a quotation mark missing?
3 CREATE | 句容赤山湖电器厂
''')
case('quotes-within-names.csv', '客户名称\n北京"青山"制造\n"北京""海潮""制造"\n', '''
2 CREATE | 北京"青山"制造
3 CREATE | 北京"海潮"制造
''')
case('sep-line.csv', 'sep=;\r\nCompany;Note\r\nAcme;a, b\r\n', '''
# The line by which Excel knows the separator.
3 CREATE | Acme | a, b
''')
case('pipes.csv', 'Company|Contact|Phone\nAcme|Li|13800138000;13900139000\n', '''
2 CREATE | Acme | Li | 13800138000;13900139000
= Acme <- Li 13800138000,13900139000
''')
case('invisible-characters.csv', '客户名称,联系人,手机\n金湖\u200b荷荡泵业厂\ufeff,\u202a李雷\u202c,\u200e138\u200b0013\u00a08000\n\u200b,\u00a0,\n', '''
# From web pages, WeChat and phone books. The second row has nothing that anybody sees.
2 CREATE | 金湖荷荡泵业厂 | 李雷 | 1380013 8000
= 金湖荷荡泵业厂 <- 李雷 1380013 8000
''')
case('joiners-that-belong-to-words.csv', 'Company,Note\nمی\u200cخواهم,👩\u200d💻\n', '''
2 CREATE | می‌خواهم | 👩‍💻
''')
case('totals.csv', '客户名称,员工人数\n海潮科技,120\n小计,120\n青山制造,80\n合计：,"1,280"\n', '''
# A report with totals.
2 CREATE | 海潮科技 | 120
3 ERROR | 小计 | 120 ! This is a row of totals, so it is not imported.
4 CREATE | 青山制造 | 80
5 ERROR | 合计： | 1,280 ! This is a row of totals, so it is not imported.
''')
case('totals-in-another-column.csv', '序号,客户名称,员工人数\n1,海潮科技,120\nTotal,,120\n', '''
2 CREATE | 1 | 海潮科技 | 120
3 ERROR | Total |  | 120 ! This is a row of totals, so it is not imported.
''')
case('two-equal-headers.csv', '客户名称,备注,备注\n浦口老山机械厂,甲,乙\n', '''
# Both remarks are kept.
2 CREATE | 浦口老山机械厂 | 甲 | 乙
= 浦口老山机械厂 (甲; 乙)
''')
case('two-names.csv', '客户名称,公司名称\n甲厂,乙厂\n', '''
refused: ["file"] The columns 1 ("客户名称") and 2 ("公司名称") hold the same field. Set one of them to IGNORED in `columns`, by its position.
''')
case('two-names-one-ignored.csv', '名称,名称,手机\n甲厂,乙厂,\n', '''
# Columns with the same header are told apart by their place.
input: {"columns": [{"position": 1, "field": "IGNORED"}]}
2 CREATE | 甲厂 | 乙厂
= 乙厂
''')
case('several-contacts.csv', '''客户名称,联系人1,职务1,电话1,联系人2,电话2,联系人2邮箱,联系人三,第三联系人电话
浦口老山机械厂,张三,厂长,13800000001,李四,13800000002,li@example.com,王五,13800000003
六合竹镇木业,,,,赵六,13800000004,,,
高淳固城酒厂,钱七,,13800000005,钱七,13800000006,,,
溧水东屏农场,孙八,,13800000007,,138,,,
''', '''
# Each number is a contact. One that is named twice in a row has the values of both.
2 CREATE | 浦口老山机械厂 | 张三 | 厂长 | 13800000001 | 李四 | 13800000002 | li@example.com | 王五 | 13800000003
3 CREATE | 六合竹镇木业 |  |  |  | 赵六 | 13800000004
4 CREATE | 高淳固城酒厂 | 钱七 |  | 13800000005 | 钱七 | 13800000006
5 ERROR | 溧水东屏农场 | 孙八 |  | 13800000007 |  | 138 ! 电话2: This is not a phone number: a phone number has at least 5 digits.
= 浦口老山机械厂 <- 张三 13800000001 & 李四 13800000002 li@example.com & 王五 13800000003
= 六合竹镇木业 <- 赵六 13800000004
= 高淳固城酒厂 <- 钱七 13800000005,13800000006
''')
case('contacts-side-by-side.csv', '''Company,Contact,Phone,Email,Contact,Phone,Email
Acme,Ann,13800000001,ann@example.com,Bob,,bob@example.com
''', '''
# The same headers several times: each name begins the next contact.
2 CREATE | Acme | Ann | 13800000001 | ann@example.com | Bob |  | bob@example.com
= Acme <- Ann 13800000001 ann@example.com & Bob bob@example.com
''')
case('numbered-phones.csv', '''客户名称,联系人,电话1,电话2,邮箱2
浦口老山机械厂,张三,13800000001,13800000002,z@example.com
''', '''
# Only one contact has a name, so all numbers are its.
2 CREATE | 浦口老山机械厂 | 张三 | 13800000001 | 13800000002 | z@example.com
= 浦口老山机械厂 <- 张三 13800000001,13800000002 z@example.com
''')
case('contacts-by-position.csv', '''客户名称,采购,采购手机,技术,技术手机
浦口老山机械厂,张三,13800000001,李四,13800000002
''', '''
# Other headers: the importer says which contact a column is of.
input: {"columns": [{"header": "采购", "field": "CONTACT_NAME"}, {"header": "采购手机", "field": "CONTACT_PHONE"}, {"header": "技术", "field": "CONTACT_NAME", "contact": 2}, {"header": "技术手机", "field": "CONTACT_PHONE", "contact": 2}]}
2 CREATE | 浦口老山机械厂 | 张三 | 13800000001 | 李四 | 13800000002
= 浦口老山机械厂 <- 张三 13800000001 & 李四 13800000002
''')
case('position-outside.csv', '客户名称\n甲厂\n', '''
input: {"columns": [{"position": 7, "field": "NAME"}]}
refused: ["columns","0","position"] The file has the columns 1 to 1.
''')
case('traditional-headers.csv', '客戶名稱,電話\n台北海潮,+886 2 2345 6789\n', '''
2 CREATE | 台北海潮 | +886 2 2345 6789
= 台北海潮 <- 公司总机 +886 2 2345 6789
''')

# Numbers and dates with one reading, two, or none.

case('decimal-comma.csv', '客户名称;员工人数\n江浦甲泵站;0,5\n江浦乙泵站;733480,00\n江浦丙泵站;1.234,56\n江浦丁泵站;1,234\n', '''
# Excel in Europe. The last number has two readings.
2 CREATE | 江浦甲泵站 | 0,5
3 CREATE | 江浦乙泵站 | 733480,00
4 CREATE | 江浦丙泵站 | 1.234,56
5 ERROR | 江浦丁泵站 | 1,234 ! 员工人数: "1,234" has two readings: 1234 if a point is the decimal mark, 1.234 if a comma is. Say in `decimalMark` which one is meant.
= 江浦丙泵站 {employees=1234.56}
= 江浦甲泵站 {employees=0.5}
= 江浦乙泵站 {employees=733480}
''')
case('decimal-comma-said.csv', '客户名称;员工人数\n江浦丁泵站;1,234\n江浦戊泵站;1.234\n', '''
input: {"decimalMark": "COMMA"}
2 CREATE | 江浦丁泵站 | 1,234
3 CREATE | 江浦戊泵站 | 1.234
= 江浦丁泵站 {employees=1.234}
= 江浦戊泵站 {employees=1234}
''')
case('thousands-said.csv', '客户名称,员工人数\n甲,"1,234"\n乙,"1,234,567"\n丙,"12,34"\n', '''
input: {"decimalMark": "POINT"}
2 CREATE | 甲 | 1,234
3 CREATE | 乙 | 1,234,567
4 ERROR | 丙 | 12,34 ! 员工人数: "12,34" is not a number like 1234.5
= 甲 {employees=1234}
= 乙 {employees=1234567}
''')
case('dates.csv', '客户名称,成立日期\n甲,2026-03-04\n乙,2026年3月4日\n丙,04.03.2026\n丁,03/04/2026\n戊,31/12/2025\n己,20260304\n庚,4 Mar 2026\n辛,明天\n', '''
2 CREATE | 甲 | 2026-03-04
3 CREATE | 乙 | 2026年3月4日
4 CREATE | 丙 | 04.03.2026
5 ERROR | 丁 | 03/04/2026 ! 成立日期: "03/04/2026" has two readings: 2026-04-03 if the day comes first, 2026-03-04 if the month comes first. Say in `dateOrder` which one is meant.
6 CREATE | 戊 | 31/12/2025
7 CREATE | 己 | 20260304
8 CREATE | 庚 | 4 Mar 2026
9 ERROR | 辛 | 明天 ! 成立日期: "明天" is not a date like 2026-03-01 or 2026-03-01 15:30
= 丙 {founded_on=2026-03-04}
= 乙 {founded_on=2026-03-04}
= 己 {founded_on=2026-03-04}
= 庚 {founded_on=2026-03-04}
= 戊 {founded_on=2025-12-31}
= 甲 {founded_on=2026-03-04}
''')
case('dates-month-first.csv', 'Company,Founded on\nAcme,03/04/2026\n', '''
input: {"dateOrder": "MONTH_DAY"}
2 CREATE | Acme | 03/04/2026
= Acme {founded_on=2026-03-04}
''')

# Contacts: phones and e-mail addresses as people write them.

case('phone-without-name.csv', '公司名称,联系电话\n六合竹镇仪表厂,025-57000001\n六合冶山仪表厂,025-57000002\n', '''
# Lists of companies have the number of the switchboard.
2 CREATE | 六合竹镇仪表厂 | 025-57000001
3 CREATE | 六合冶山仪表厂 | 025-57000002
= 六合冶山仪表厂 <- 公司总机 025-57000002
= 六合竹镇仪表厂 <- 公司总机 025-57000001
''')
case('phone-without-name-called.csv', 'Company,Phone\nAcme,025-57000001\n', '''
input: {"contactName": "Front desk"}
2 CREATE | Acme | 025-57000001
= Acme <- Front desk 025-57000001
''')
case('title-without-name.csv', '公司名称,职务\n六合竹镇仪表厂,总监\n', '''
# A title is of a person, not of a switchboard.
2 ERROR | 六合竹镇仪表厂 | 总监 ! 职务: has "总监", but the file has no column for the contact's name: give `contactName` for all rows, or set this column to IGNORED
''')
case('phones.csv', '客户名称,联系人,手机\n甲厂,甲,13955550010.0\n乙厂,乙,13955550011 13955550012\n丙厂,丙,0574-87654321-802\n丁厂,丁,１３９５５５５００１３\n戊厂,戊,139—5555—0014\n己厂,己,0571/88888888\n庚厂,庚,1.3955E+10\n辛厂,辛,13955550015/13955550016\n', '''
2 CREATE | 甲厂 | 甲 | 13955550010.0
3 CREATE | 乙厂 | 乙 | 13955550011 13955550012
4 CREATE | 丙厂 | 丙 | 0574-87654321-802
5 CREATE | 丁厂 | 丁 | １３９５５５５００１３
6 CREATE | 戊厂 | 戊 | 139—5555—0014
7 CREATE | 己厂 | 己 | 0571/88888888
8 ERROR | 庚厂 | 庚 | 1.3955E+10 ! 手机: A spreadsheet has shortened this phone number. Write all digits, as text.
9 CREATE | 辛厂 | 辛 | 13955550015/13955550016
= 丁厂 <- 丁 13955550013
= 丙厂 <- 丙 0574-87654321-802
= 乙厂 <- 乙 13955550011,13955550012
= 己厂 <- 己 0571/88888888
= 戊厂 <- 戊 139-5555-0014
= 甲厂 <- 甲 13955550010
= 辛厂 <- 辛 13955550015,13955550016
''')
case('phones-of-germany.csv', 'Company,Contact,Phone\nAcme,Li,030 901820\nBlue,Wu,+1 415 555 0100\n', '''
# Numbers of another country than the installation's are kept with their country code.
input: {"phoneCountry": "de"}
2 CREATE | Acme | Li | 030 901820
3 CREATE | Blue | Wu | +1 415 555 0100
= Acme <- Li +4930901820
= Blue <- Wu +1 415 555 0100
''')
case('country-that-is-none.csv', 'Company\nAcme\n', '''
input: {"phoneCountry": "China"}
refused: ["phoneCountry"] "CHINA" is not the code of a country, like CN (ISO 3166).
''')
case('emails.csv', '客户名称,联系人,邮箱\n甲厂,甲,info@ya-xi.example zhang@mail.example\n乙厂,乙,庚 <g@qi.example>\n丙厂,丙,mailto:c@qi.example\n丁厂,丁,a@b@c.example\n戊厂,戊,ｅ＠qi.example\n', '''
2 CREATE | 甲厂 | 甲 | info@ya-xi.example zhang@mail.example
3 CREATE | 乙厂 | 乙 | 庚 <g@qi.example>
4 CREATE | 丙厂 | 丙 | mailto:c@qi.example
5 ERROR | 丁厂 | 丁 | a@b@c.example ! 邮箱: This is more than one e-mail address. Write each address by itself.
6 CREATE | 戊厂 | 戊 | ｅ＠qi.example
= 丙厂 <- 丙 c@qi.example
= 乙厂 <- 乙 g@qi.example
= 戊厂 <- 戊 e@qi.example
= 甲厂 <- 甲 info@ya-xi.example,zhang@mail.example
''')
case('wrong-values-left-out.csv', '客户名称,规模,员工人数,联系人,手机\n甲厂,约500,无,甲,打电话\n,1-50人,,,\n', '''
# With `skipWrongValues`, one bad optional value does not drop the row.
input: {"skipWrongValues": true}
2 CREATE | 甲厂 | 约500 | 无 | 甲 | 打电话 ! 规模: is left out: "约500" is not one of the choices: UP_TO_50, UP_TO_200, UP_TO_1000, OVER_1000. ! 员工人数: is left out: "无" is not a number like 1234.5 ! 手机: is left out: This is not a phone number: a phone number has at least 5 digits.
3 ERROR |  | 1-50人 ! 客户名称: is blank, but each row must have a company's name
= 甲厂 <- 甲
''')
case('no-source.csv', '客户名称\n江宁秣陵测控厂\n江宁汤山测控厂\n', '''
# One sentence, not an error for each row.
input: {"source": null}
refused: ["file"] The file has no column for the source of companies, and the import has no default: give `source` for all rows.
''')

# Workbooks.

case('merged-companies.xlsx', xlsx({'客户': [H, ['扬州瘦湖机械厂', '王一', '13800030001'], [None, '钱多', '13800030002'], [None, '孙美', '13800030003'], [None, None, None], ['扬州邗江机械厂', '李四', '13800030004']]}, merges={'客户': ['A2:A5']}), '''
# The company is merged over the rows of its contacts. A person sees it beside each of them.
sheet: 客户
2 CREATE | 扬州瘦湖机械厂 | 王一 | 13800030001
3 UPDATE | 扬州瘦湖机械厂 | 钱多 | 13800030002
4 UPDATE | 扬州瘦湖机械厂 | 孙美 | 13800030003
6 CREATE | 扬州邗江机械厂 | 李四 | 13800030004
= 扬州瘦湖机械厂 <- 孙美 13800030003 & 王一 13800030001 & 钱多 13800030002
= 扬州邗江机械厂 <- 李四 13800030004
''')
case('merged-headers.xlsx', xlsx({'客户': [['2026 年展会客户'], ['客户名称', '联系人', None], [None, '姓名', '手机'], ['扬州瘦湖机械厂', '王一', '13800030001']]}, shared=True, merges={'客户': ['A1:C1', 'A2:A3', 'B2:C2']}), '''
sheet: 客户
4 CREATE | 扬州瘦湖机械厂 | 王一 | 13800030001
= 扬州瘦湖机械厂 <- 王一 13800030001
''')
case('hidden-sheet.xlsx', xlsx({'旧数据': [H, ['已作废公司']], '客户名单': [H, ['临海汛桥灯饰厂']]}, states={'旧数据': 'state="veryHidden"'}), '''
# A template with a hidden sheet before the one that people fill in.
sheet: 客户名单
2 CREATE | 临海汛桥灯饰厂
''')
case('only-hidden-sheets.xlsx', xlsx({'说明': [], '数据': [H, ['临海汛桥灯饰厂']]}, states={'数据': 'state="hidden"'}), '''
refused: ["file"] Only hidden sheets of the workbook have rows. Say in `sheet` which one is meant: 数据.
''')
case('sheet-chosen.xlsx', xlsx({'一月': [H, ['甲厂']], '二月': [H, ['乙厂']]}), '''
input: {"sheet": "二月"}
sheet: 二月
2 CREATE | 乙厂
''')
case('sheet-that-is-not-there.xlsx', xlsx({'一月': [H, ['甲厂']], '二月': [H, ['乙厂']]}), '''
input: {"sheet": "三月"}
refused: ["sheet"] The workbook has no sheet "三月". Its sheets are: 一月, 二月.
''')
case('sheet-of-a-text.csv', 'Company\nAcme\n', '''
input: {"sheet": "Sheet1"}
refused: ["sheet"] The file is text, which has no sheets. Leave `sheet` out.
''')
case('hidden-rows-and-columns.xlsx', xlsx({'客户': [['name', 'x'], ['客户名称', '来源', '手机'], ['甲厂', 'NOWHERE', ''], ['乙厂', 'NOWHERE', ''], ['丙厂', 'NOWHERE', '']]}, hidden_rows={'客户': [1, 4]}, hidden_columns={'客户': [2]}), '''
# A filtered list: the codes of the template above the headers, a row and a column are not seen.
sheet: 客户
3 CREATE | 甲厂 | NOWHERE
4 ERROR | 乙厂 | NOWHERE ! The row is hidden in the sheet, so it is not imported. Show it if it is meant.
5 CREATE | 丙厂 | NOWHERE
''')
case('formulas.xlsx', xlsx({'客户': [['客户名称', '备注', '其他'], [Formula('"绿"&"洲"', '绿洲'), Formula('B9', ''), Formula('1+1')], [Formula('VLOOKUP(1,A1:B2,2)'), '甲'], [Broken('#N/A'), '乙']]}), '''
# Programs that write formulas without computing them leave cells that a spreadsheet program fills and we cannot.
sheet: 客户
2 CREATE | 绿洲
3 ERROR |  | 甲 ! 客户名称: is a formula without a result: open the file in a spreadsheet program, save it there, and import it again
4 ERROR | #N/A | 乙 ! 客户名称: has the error #N/A
''')
case('numbers-and-dates.xlsx', xlsx({'客户': [['客户名称', '手机', '员工人数', '成立日期', '上市公司'], ['海潮科技', 13800138000, 0.1 + 0.2, Date(46082), True], ['青山制造', 913100001234567890, 1234, None, False]]}, shared=True), '''
sheet: 客户
2 CREATE | 海潮科技 | 13800138000 | 0.3 | 2026-03-01 | true
3 ERROR | 青山制造 | 9.13100001234568e17 | 1234 |  | false ! 手机: is a number of more than 15 digits, and the workbook has lost the last ones: format the cell as text and enter the number again
= 海潮科技 <- 公司总机 13800138000 {employees=0.3,founded_on=2026-03-01,listed=true}
''')
case('text-with-marks.xlsx', xlsx({'客户': [H, ["'0138电器厂", '李\u200b雷', "'013800138000"], ['甲_x000D_\n', '乙', '']]}), '''
# An apostrophe that was typed into a cell twice, and the line end of a program.
sheet: 客户
2 CREATE | 0138电器厂 | 李雷 | 013800138000
3 CREATE | 甲 | 乙
''')
case('name-of-two-lines.xlsx', xlsx({'客户': [H, ['上海海潮\n北京青山', '李雷']]}), '''
sheet: 客户
2 ERROR | 上海海潮⏎北京青山 | 李雷 ! 客户名称: can't contain line breaks or tabs: is a quotation mark missing?
''')
case('comment-in-shared-strings.xlsx', xlsx({'S': [H, ['甲厂']]}, shared=True, table=f'<?xml version="1.0"?><!-- made by a <report> tool --><sst xmlns="{MAIN}"><si><t>客户名称</t></si><si><t>联系人</t></si><si><t>手机</t></si><si><t><![CDATA[甲厂]]></t></si></sst>'), '''
# A report tool of Haskell writes such a comment; others write CDATA.
sheet: S
2 CREATE | 甲厂
''')
case('too-large-unique-count.xlsx', xlsx({'S': [H, ['甲厂']]}, shared=True, table=f'<?xml version="1.0"?><sst xmlns="{MAIN}" uniqueCount="90000000"><si><t>客户名称</t></si></sst>'), '''
refused: ["file"] The workbook announces more texts (`uniqueCount`) than it can have. Open it in a spreadsheet program and save it again.
''')
case('cdata-in-sheet.xlsx', xlsx({'S': [H, ['甲厂']]}, comment='<![CDATA[x]]>'), '''
refused: ["file"] The part "xl/worksheets/sheet1.xml" of the workbook has text that spreadsheet programs read differently (CDATA). Open it in a spreadsheet program and save it again.
''')
case('openxml-sdk.xlsx', xlsx({'Sheet1': [['Company', 'Phone'], ['Acme', '13800138000']]}, prefix='x', absolute=True), '''
# Programs with the SDK of Microsoft write a namespace prefix and absolute paths.
sheet: Sheet1
2 CREATE | Acme | 13800138000
''')
case('rich-text.xlsx', xlsx({'S': [H, ['x']]}, shared=True, table=f'<?xml version="1.0"?><sst xmlns="{MAIN}" uniqueCount="4"><si><t>客户名称</t></si><si><t>联系人</t></si><si><t>手机</t></si><si><r><rPr><b/></rPr><t>上海</t></r><r><t>海潮</t></r><rPh sb="0" eb="2"><t>shang hai</t></rPh></si></sst>'), '''
# A name with a bold part and the pronunciation above it.
sheet: S
2 CREATE | 上海海潮
''')
case('totals-with-formula.xlsx', xlsx({'客户': [['客户名称', '员工人数'], ['甲厂', 3], ['乙厂', 4], ['合计', Formula('SUM(B2:B3)', '7')]]}), '''
sheet: 客户
2 CREATE | 甲厂 | 3
3 CREATE | 乙厂 | 4
4 ERROR | 合计 | 7 ! This is a row of totals, so it is not imported.
''')

# LibreOffice.

number = '<table:table-cell office:value-type="float" office:value="13800138000"><text:p>1.38E+10</text:p></table:table-cell>'
date = '<table:table-cell office:value-type="date" office:date-value="2026-03-01"><text:p>01.03.26</text:p></table:table-cell>'
remark = '<table:table-cell office:value-type="string"><office:annotation><dc:creator>Li</dc:creator><text:p>check this</text:p></office:annotation><text:p>甲厂</text:p></table:table-cell>'
lines = '<table:table-cell office:value-type="string"><text:p>一路<text:s text:c="2"/>1号</text:p><text:p>A &amp; B</text:p></table:table-cell>'
case('libreoffice.ods', ods({'客户': ('', ods_row('客户名称', '手机', '成立日期', '备注') + ods_row(remark, number, date, lines) + '<table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>')}), '''
# Numbers and dates are shown in short, but they are the whole values; the remark is no part of the name.
sheet: 客户
2 CREATE | 甲厂 | 13800138000 | 2026-03-01 | 一路  1号⏎A & B
= 甲厂 (一路  1号⏎A & B) <- 公司总机 13800138000 {founded_on=2026-03-01}
''')
merged = '<table:table-cell office:value-type="string" table:number-rows-spanned="2"><text:p>扬州瘦湖机械厂</text:p></table:table-cell>'
case('libreoffice-merged.ods', ods({'客户': ('', ods_row('客户名称', '联系人') + ods_row(merged, '王一') + ods_row('<table:covered-table-cell/>', '钱多') + ods_row('扬州邗江机械厂', '孙美'))}), '''
sheet: 客户
2 CREATE | 扬州瘦湖机械厂 | 王一
3 UPDATE | 扬州瘦湖机械厂 | 钱多
4 CREATE | 扬州邗江机械厂 | 孙美
''')
hidden_style = '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
case('libreoffice-hidden.ods', ods({'旧': ('table:style-name="ta1"', ods_row('客户名称') + ods_row('作废厂')), '新': ('', '<table:table-column/><table:table-column table:visibility="collapse"/>' + ods_row('客户名称', '来源') + ods_row('甲厂', 'NOWHERE') + ods_row('乙厂', 'NOWHERE', attributes='table:visibility="filter"'))}, hidden_style), '''
sheet: 新
2 CREATE | 甲厂 | NOWHERE
3 ERROR | 乙厂 | NOWHERE ! The row is hidden in the sheet, so it is not imported. Show it if it is meant.
''')
uncomputed = '<table:table-cell table:formula="of:=1+1"/>'
broken = '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
case('libreoffice-formulas.ods', ods({'客户': ('', ods_row('客户名称', '联系人') + ods_row('甲厂', uncomputed) + ods_row('乙厂', broken) + ods_row('丙厂', None))}), '''
sheet: 客户
2 ERROR | 甲厂 ! 联系人: is a formula without a result: open the file in a spreadsheet program, save it there, and import it again
3 ERROR | 乙厂 | #DIV/0! ! 联系人: has the error #DIV/0!
4 CREATE | 丙厂
''')
case('libreoffice-repeated.ods', ods({'客户': ('', ods_row('客户名称', '联系人') + '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>' + ods_row('甲厂', '李', attributes='table:number-rows-repeated="2"'))}), '''
# Equal rows are written once.
sheet: 客户
5 CREATE | 甲厂 | 李
6 DUPLICATE | 甲厂 | 李 ! This is the same company as in row 5, and the row has no new contact.
''')

# Files that are no tables of these kinds, whatever their names say.

for name, content, what in [
    ('html-named.xls', '<html><body><table><tr><td>客户名称</td></tr><tr><td>宿迁洋河包装厂</td></tr></table></body></html>', 'The file is a web page (HTML), whatever its name says. Open it in a spreadsheet program and save it as .xlsx.'),
    ('xml-spreadsheet.xls', '\ufeff<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook/>', 'The file is XML, whatever its name says. Open it in a spreadsheet program and save it as .xlsx.'),
    ('old.xls', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(600) + 'Workbook'.encode('utf-16-le'), 'The file is an old Excel workbook (.xls). Save it as .xlsx, or as CSV in UTF-8.'),
    ('locked.xlsx', b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + bytes(600) + 'EncryptedPackage'.encode('utf-16-le'), 'The workbook has a password. Save it as .xlsx without a password.'),
    ('binary.xlsb', zipped({'[Content_Types].xml': '', 'xl/workbook.bin': 'x'}), 'The file is a binary Excel workbook (.xlsb). Save it as .xlsx, or as CSV in UTF-8.'),
    ('letter.docx', zipped({'[Content_Types].xml': '', 'word/document.xml': 'x'}), 'The file is a text document (Word, Writer). Copy the table into a spreadsheet program and save it as .xlsx.'),
    ('letter.odt', zipped({'mimetype': 'application/vnd.oasis.opendocument.text', 'content.xml': 'x'}), 'The file is a text document (Word, Writer). Copy the table into a spreadsheet program and save it as .xlsx.'),
    ('apple.numbers', zipped({'Index/Document.iwa': 'x'}), 'The file is a document of Apple Numbers, Pages or Keynote. Export the table as .xlsx, or as CSV in UTF-8.'),
    ('talk.pptx', zipped({'[Content_Types].xml': '', 'ppt/presentation.xml': 'x'}), 'The file is a presentation. Copy the table into a spreadsheet program and save it as .xlsx.'),
    ('list.zip', zipped({'list.csv': 'Company\nAcme\n'}), 'The file is an archive of files (.zip, .rar, .7z, .gz). Unpack it and import the table in it.'),
    ('list.rar', b'Rar!\x1a\x07\x01\x00', 'The file is an archive of files (.zip, .rar, .7z, .gz). Unpack it and import the table in it.'),
    ('scan.pdf', '%PDF-1.7\n', 'The file is a PDF document. Import the table from which it was made, as .xlsx or as CSV in UTF-8.'),
    ('photo.png', b'\x89PNG\r\n\x1a\n', 'The file is a picture. Import the table itself, as .xlsx or as CSV in UTF-8.'),
    ('letter.rtf', '{\\rtf1 x}', 'The file is a text document (RTF). Copy the table into a spreadsheet program and save it as .xlsx.'),
    ('data.json', '[\n  {"name": "Acme"}]', 'The file is JSON. Save the table as .xlsx, or as CSV in UTF-8.'),
    ('page.mht', 'MIME-Version: 1.0\r\n', 'The file is an e-mail or a stored web page. Open it, and save the table as .xlsx.'),
    ('card.vcf', 'BEGIN:VCARD\r\n', 'The file is a contact card (vCard). Save the contacts as CSV in UTF-8.'),
    ('cut.xlsx', xlsx({'S': [H, ['甲厂']]})[:300], 'The workbook is damaged.'),
]:
    case(name, content, f'refused: ["file"] {what}\n')

# Files of other kinds: the export of another system, whose customers and products S-1 and S-2 are there.

case('contacts-of-customers.csv', '联系人编号,客户编号,公司名称,姓名,职务,手机,邮箱\nC-1,A-1,,李雷,采购经理,13800138000,li@haichao.example\nC-2,,北京青山制造有限公司,韩梅梅,,010-68881234,\nC-3,A-9,,没有客户,,,\n,A-1,,李雷,总监,13800138000,\n', '''
kind: CONTACTS
2 UPDATE | C-1 | A-1 |  | 李雷 | 采购经理 | 13800138000 | li@haichao.example
3 UPDATE | C-2 |  | 北京青山制造有限公司 | 韩梅梅 |  | 010-68881234
4 ERROR | C-3 | A-9 |  | 没有客户 ! 客户编号: "A-9" is not a customer that you may edit
5 DUPLICATE |  | A-1 |  | 李雷 | 总监 | 13800138000 ! This is the same company as in row 2, and the row has no new contact. ! 职务: is not written, because the contact has another value
= 上海海潮科技有限公司 <- 李雷 采购经理 13800138000 li@haichao.example
= 北京青山制造有限公司 <- 韩梅梅 010-68881234
''')
case('products-of-taiwan.csv', '產品編碼,產品名稱,類別,單位,單價,幣種,啟用\r\nP-1,離心泵,泵浦,臺,"12,500",CNY,是\r\nP-2,閥門,,個,80.5,CNY,否\r\n'.encode('big5'), '''
# Headers and words in traditional letters are the same as in simplified ones; what the company calls its products stays.
input: {"decimalMark": "POINT"}
kind: PRODUCTS
encoding: Big5
2 CREATE | P-1 | 離心泵 | 泵浦 | 臺 | 12,500 | CNY | 是
3 CREATE | P-2 | 閥門 |  | 個 | 80.5 | CNY | 否
= P-1 離心泵 泵浦 臺 12500.00 CNY
= P-2 閥門 個 80.50 CNY (not sold)
= S-1 标准版 套 10000.00 CNY
= S-2 专业版 套 30000.00 CNY
''')
case('products-without-price.xlsx', xlsx({'产品': [['SKU', '产品名称', '单价'], ['P-1', '离心泵', 12500.5], ['P-2', '阀门', None], ['P-3', '法兰', '面议'], ['P-4', '螺栓', '￥1.20'], ['P-5', '水泵', '1.2万元'], ['P-6', '轴承', '$8'], [None, '合计', 12501.7]]}, shared=True), '''
kind: PRODUCTS
sheet: 产品
2 CREATE | P-1 | 离心泵 | 12500.5
3 ERROR | P-2 | 阀门 ! 单价: is blank, and must be given
4 ERROR | P-3 | 法兰 | 面议 ! 单价: "面议" is not a number like 1234.5
5 CREATE | P-4 | 螺栓 | ￥1.20
6 CREATE | P-5 | 水泵 | 1.2万元
7 ERROR | P-6 | 轴承 | $8 ! 单价: "$8" has the sign of another currency than CNY, the currency of the row
8 ERROR |  | 合计 | 12501.7 ! This is a row of totals, so it is not imported.
= P-1 离心泵 piece 12500.50 CNY
= P-4 螺栓 piece 1.20 CNY
= P-5 水泵 piece 12000.00 CNY
= S-1 标准版 套 10000.00 CNY
= S-2 专业版 套 30000.00 CNY
''')
case('opportunities-in-english.csv', 'Opportunity ID,Account Name,Opportunity Owner,Created Date,Stage,Amount,Currency,Close Date,Probability,Closed Date,Lost Reason\nD-1,上海海潮科技有限公司,Ann,2025-06-05,Proposal,"50,000.00",CNY,2026-04-01,60%,,\nD-2,广州云帆,Ben,2025-03-01,Closed Won,80000,CNY,,,2025-05-20,\nD-3,北京青山制造有限公司,,2025-09-02,Lost,20000,USD,2025-10-01,,,too expensive\n', '''
kind: OPPORTUNITIES
2 CREATE | D-1 | 上海海潮科技有限公司 | Ann | 2025-06-05 | Proposal | 50,000.00 | CNY | 2026-04-01 | 60%
3 ERROR | D-2 | 广州云帆 | Ben | 2025-03-01 | Closed Won | 80000 | CNY |  |  | 2025-05-20 ! Stage: "Closed Won" is not an active stage
4 CREATE | D-3 | 北京青山制造有限公司 |  | 2025-09-02 | Lost | 20000 | USD | 2025-10-01 |  |  | too expensive
= 上海海潮科技有限公司 Ann PROPOSAL 50000.00 CNY 60% 2026-04-01: PROPOSAL 2025-06-05
= 北京青山制造有限公司 Ann LOST 20000.00 USD 0% 2025-10-01 OTHER too expensive: PROSPECTING 2025-09-02, LOST 2025-10-01
''')
case('opportunities-in-traditional-letters.csv', '商機編號,客戶名稱,負責人,創建時間,階段,金額,幣種,關閉時間,輸單原因\nD-1,上海海潮科技有限公司,Ann,2025/6/5,方案報價,50000,CNY,,\nD-2,北京青山製造有限公司,Ann,2025/9/2,輸單,20000,CNY,2025/10/1,價格太高\n', '''
kind: OPPORTUNITIES
2 CREATE | D-1 | 上海海潮科技有限公司 | Ann | 2025/6/5 | 方案報價 | 50000 | CNY
3 CREATE | D-2 | 北京青山製造有限公司 | Ann | 2025/9/2 | 輸單 | 20000 | CNY | 2025/10/1 | 價格太高
= 上海海潮科技有限公司 Ann PROPOSAL 50000.00 CNY 50%: PROPOSAL 2025-06-05
= 北京青山制造有限公司 Ann LOST 20000.00 CNY 0% PRICE: PROSPECTING 2025-09-02, LOST 2025-10-01
''')
case('orders-with-lines-below.xlsx', xlsx({'订单': [['订单编号', '客户编号', '下单日期', '产品编码', '数量', '单价', '回款金额', '回款日期', '发货日期'], ['O-1', 'A-1', Date(45839), 'S-1', 2, 9000, None, None, None], [None, None, None, 'S-2', 1, 25000.5, 43000.5, Date(45846), Date(45848)], ['O-2', 'A-3', Date(45840), 'S-1', 1, 10000, 3000, Date(45841), None]]}, merges={'订单': ['A2:A3', 'B2:B3', 'C2:C3']}), '''
# The cells of an order are merged over its lines.
kind: ORDERS
sheet: 订单
2 CREATE | O-1 | A-1 | 2025-07-01 | S-1 | 2 | 9000
3 UPDATE | O-1 | A-1 | 2025-07-01 | S-2 | 1 | 25000.5 | 43000.5 | 2025-07-08 | 2025-07-10
4 CREATE | O-2 | A-3 | 2025-07-02 | S-1 | 1 | 10000 | 3000 | 2025-07-03
= O-1 上海海潮科技有限公司 Ann SHIPPED 43000.50 43000.50 CNY: S-1 2 x 9000.00 - 0.00, S-2 1 x 25000.50 - 0.00; CREATE 2025-07-01, PAY 43000.50 2025-07-08, SHIP 2025-07-10
= O-2 广州云帆 Ben PENDING 10000.00 3000.00 CNY: S-1 1 x 10000.00 - 0.00; CREATE 2025-07-02, PAY 3000.00 2025-07-03
''')
case('orders-of-germany.csv', 'Order number;Customer id;Order date;SKU;Quantity;Unit price;Payment;Payment date\nO-1;A-1;01.07.2025;S-1;2,5;9.000,00;22.500,00;08.07.2025\n', '''
input: {"decimalMark": "COMMA", "dateOrder": "DAY_MONTH"}
kind: ORDERS
2 CREATE | O-1 | A-1 | 01.07.2025 | S-1 | 2,5 | 9.000,00 | 22.500,00 | 08.07.2025
= O-1 上海海潮科技有限公司 Ann PAID 22500.00 22500.00 CNY: S-1 2.5 x 9000.00 - 0.00; CREATE 2025-07-01, PAY 22500.00 2025-07-08
''')
case('orders-with-totals.csv', '订单编号,客户编号,下单日期,产品编码,数量,单价\nO-1,A-1,2025-07-01,S-1,2,9000\n合计,,,,2,18000\n', '''
kind: ORDERS
2 CREATE | O-1 | A-1 | 2025-07-01 | S-1 | 2 | 9000
3 ERROR | 合计 |  |  |  | 2 | 18000 ! This is a row of totals, so it is not imported.
= O-1 上海海潮科技有限公司 Ann PENDING 18000.00 0.00 CNY: S-1 2 x 9000.00 - 0.00; CREATE 2025-07-01
''')
case('follow-ups-of-another-crm.csv', '\ufeff跟进编号,客户名称,跟进人,跟进时间,跟进方式,跟进内容\r\nF-1,上海海潮科技有限公司,Ann,2026-02-03 09:30,电话,"谈了报价，\r\n客户说：""再看看"""\r\nF-2,北京青山制造有限公司,Ann,2026年2月4日,企业微信,发了样本 👍\r\nF-3,成都蓝天,Ben,2026/2/5 14:00,上门拜访,公海里的客户\r\nF-4,没有这家,Ann,2026-02-05,电话,找不到\r\n', '''
kind: FOLLOW_UPS
2 CREATE | F-1 | 上海海潮科技有限公司 | Ann | 2026-02-03 09:30 | 电话 | 谈了报价，⏎客户说："再看看"
3 CREATE | F-2 | 北京青山制造有限公司 | Ann | 2026年2月4日 | 企业微信 | 发了样本 👍
4 CREATE | F-3 | 成都蓝天 | Ben | 2026/2/5 14:00 | 上门拜访 | 公海里的客户
5 ERROR | F-4 | 没有这家 | Ann | 2026-02-05 | 电话 | 找不到 ! 客户名称: "没有这家" is not a customer that you may edit
= 上海海潮科技有限公司 Ann PHONE 2026-02-03 09:30 谈了报价，⏎客户说："再看看"
= 北京青山制造有限公司 Ann WECHAT 2026-02-04 00:00 发了样本 👍
= 成都蓝天 Ben VISIT 2026-02-05 14:00 公海里的客户
''')
case('follow-ups-with-two-readings.csv', 'Customer id,Date,Type,Subject\nA-1,03/04/2025,Call,hello\nA-1,31/12/2025,E-Mail,hello\n', '''
kind: FOLLOW_UPS
2 ERROR | A-1 | 03/04/2025 | Call | hello ! Date: "03/04/2025" has two readings: 2025-04-03 if the day comes first, 2025-03-04 if the month comes first. Say in `dateOrder` which one is meant.
3 CREATE | A-1 | 31/12/2025 | E-Mail | hello
= 上海海潮科技有限公司 Ann EMAIL 2025-12-31 00:00 hello
''')
case('follow-ups-without-time.csv', '客户编号,跟进内容\nA-1,谈了报价\n', '''
kind: FOLLOW_UPS
refused: ["file"] The file has no column for the time: 客户编号, 跟进内容. Name it in `columns`.
''')
case('contact-of-another-row.csv', '客户名称,联系人1,电话1,联系人2,电话2\n甲厂,甲,13800000001,,\n乙厂,乙,13800000002,丙,13800000001\n', '''
# The second contact of the second company has the number of the first company's.
2 CREATE | 甲厂 | 甲 | 13800000001
3 DUPLICATE | 乙厂 | 乙 | 13800000002 | 丙 | 13800000001 ! 电话2: The contact of another company in row 2 has "13800000001", too. If yours is another company, confirm that.
''')
