//! The short forms of a Chinese company name: people leave out the place before the brand and the trade behind it. 海潮, 海潮科技
//! and 上海海潮科技 may be one company. Letter pairs don't find that, because so short a name has few of them.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::name::{fold, short_name_key};

/// Provinces and cities, as names of companies begin with them.
const PLACE_WORDS: &str = "中国 北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 \
    四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 \
    太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 \
    阜新 辽阳 盘锦 铁岭 葫芦岛 长春 四平 辽源 通化 白山 松原 白城 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 牡丹江 黑河 绥化 \
    南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 \
    合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 \
    南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 \
    郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 \
    黄冈 咸宁 随州 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 \
    惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 \
    海口 三亚 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 安顺 毕节 铜仁 \
    昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 拉萨 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 \
    平凉 酒泉 庆阳 定西 陇南 西宁 海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 台北 高雄 台中 台南 新北 桃园 新竹";

/// What companies do, as their names end with it.
const TRADE_WORDS: &str = "科技 技术 信息 资讯 信息技术 网络 网络科技 软件 电子 电子商务 电子科技 电气 电器 电力 智能 智能科技 数据 通信 \
    贸易 国际贸易 商贸 进出口 国际 实业 工业 集团 控股 投资 投资管理 资产管理 管理 管理咨询 企业管理 咨询 顾问 服务 物流 供应链 货运 运输 \
    机械 机电 设备 仪器 仪表 自动化 工程 建设 建筑 建材 材料 新材料 化工 塑料 橡胶 金属 钢铁 五金 模具 包装 印刷 纸业 家具 纺织 服装 服饰 \
    食品 餐饮 酒店 农业 生物 生物科技 医药 制药 药业 医疗 医疗器械 健康 环保 能源 新能源 光电 光伏 半导体 汽车 汽车零部件 地产 房地产 置业 \
    物业 传媒 文化 文化传播 广告 设计 教育 旅游 制造 发展 制品 银行 保险 厂";

/// The same words as sets, because an import looks at millions of them.
static PLACES: LazyLock<HashSet<&str>> = LazyLock::new(|| PLACE_WORDS.split_whitespace().collect());
static TRADES: LazyLock<HashSet<&str>> = LazyLock::new(|| TRADE_WORDS.split_whitespace().collect());
/// The longest of these words, in letters.
const LONGEST_WORD: usize = 5;
/// The shortest form that is compared, in letters.
const SHORTEST: usize = 2;

/// The keys of the short forms of a name: without places at its beginning, trades at its end, or both. Only forms that stand in the
/// name in one piece count.
pub fn short_forms(name: &str) -> Vec<String> {
    let key = short_name_key(name);
    if !key.chars().all(|letter| matches!(letter, '\u{3400}'..='\u{9fff}')) {
        return Vec::new();
    }
    let folded = fold(name);
    let fronts = std::iter::successors(Some(key.as_str()), |name| without_place(name));
    let forms = fronts.flat_map(|front| std::iter::successors(Some(front), |name| without_trade(name)));
    let is_brand = |form: &&str| !PLACES.contains(form) && !TRADES.contains(form);
    forms.filter(|form| *form != key && folded.contains(form)).filter(is_brand).map(str::to_owned).collect()
}

/// Whether a key is that of a short form of a name.
pub fn is_short_form(key: &str, name: &str) -> bool {
    // Most names need no closer look.
    fold(name).contains(key) && short_forms(name).iter().any(|form| form == key)
}

/// The rest behind the longest place at the beginning, as long as enough is left.
fn without_place(name: &str) -> Option<&str> {
    (1..=LONGEST_WORD).rev().find_map(|letters| {
        let (place, rest) = name.split_at(name.char_indices().nth(letters)?.0);
        (PLACES.contains(place) && is_long_enough(rest)).then_some(rest)
    })
}

/// The rest before the longest trade at the end, as long as enough is left.
fn without_trade(name: &str) -> Option<&str> {
    (1..=LONGEST_WORD).rev().find_map(|letters| {
        let (rest, trade) = name.split_at(name.char_indices().nth_back(letters - 1)?.0);
        (TRADES.contains(trade) && is_long_enough(rest)).then_some(rest)
    })
}

fn is_long_enough(form: &str) -> bool {
    form.chars().count() >= SHORTEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_word_is_as_long_as_is_looked_for() {
        let longest = PLACES.iter().chain(TRADES.iter()).map(|word| word.chars().count()).max();
        assert_eq!(longest, Some(LONGEST_WORD));
    }

    #[test]
    fn places_and_trades_are_left_out() {
        for (name, forms) in [
            ("上海海潮科技有限公司", &["上海海潮", "海潮科技", "海潮"][..]),
            ("浙江省杭州市海潮贸易有限公司", &["海潮贸易", "海潮"]),
            ("臺北青山電子", &["台北青山", "青山电子", "青山"]),
            ("海潮网络科技集团", &["海潮网络科技", "海潮"]),
            ("上海（海潮）科技", &["海潮"]),
            ("海潮", &[]),
            ("上海科技", &[]),
            ("南京银行", &[]),
            ("海 潮 科技", &[]),
            ("海潮3号科技", &[]),
            ("Blue Wave", &[]),
        ] {
            assert_eq!(short_forms(name), forms, "{name}");
        }
    }
}
