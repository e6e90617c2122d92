"""The data of a new account: categories of every kind, a promoter, papers and a bank account."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from .models import Account, Category, Picture, Promoter

# first, second, third with ids; category papers (0 none, 1 required, 2 optional), product papers
_TREE = """
6870 美妆护肤|6911 香水彩妆|6930 隔离霜/妆前乳|0||0|
6870 美妆护肤|6911 香水彩妆|6931 粉底液/膏|0||0|
6870 美妆护肤|6911 香水彩妆|6932 口红|0||2|《国产特殊用途化妆品行政许可批件》
6870 美妆护肤|6912 面部护肤|6940 面膜|1|《化妆品生产许可证》或《国产非特殊用途化妆品备案凭证》|0|
6870 美妆护肤|6912 面部护肤|6941 乳液/面霜|1|《化妆品生产许可证》或《国产非特殊用途化妆品备案凭证》|2|备案凭证
6870 美妆护肤|6912 面部护肤|6942 防晒霜|1|《化妆品生产许可证》|1|《国产特殊用途化妆品行政许可批件》
6472 玩具乐器|6489 健身玩具|6493 爬行垫/毯|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6472 玩具乐器|6489 健身玩具|6494 跳跳球|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6472 玩具乐器|6490 益智玩具|6500 积木|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6472 玩具乐器|6491 乐器|6510 尤克里里|0||0|
7419 食品饮料|7439 休闲食品|7448 坚果炒货|1|《食品经营许可证》或《食品生产许可证》|0|
7419 食品饮料|7439 休闲食品|7449 饼干/膨化|1|《食品经营许可证》或《食品生产许可证》|0|
7419 食品饮料|7439 休闲食品|7450 蜜饯果干|1|《食品经营许可证》或《食品生产许可证》|0|
7419 食品饮料|7440 茶|7460 绿茶|1|《食品经营许可证》|0|
7419 食品饮料|7440 茶|7461 普洱|1|《食品经营许可证》|0|
7419 食品饮料|7441 酒类|7470 白酒|1|《食品经营许可证》、酒类批发或零售许可|1|酒类检验报告
7419 食品饮料|7441 酒类|7471 葡萄酒|1|《食品经营许可证》|2|进口货物报关单
7419 食品饮料|7442 生鲜|7480 苹果|2|《食品经营许可证》（预包装时）|0|
7419 食品饮料|7442 生鲜|7481 大闸蟹|1|《食品经营许可证》|0|
6033 服饰内衣|6034 女装|6040 连衣裙|0||0|
6033 服饰内衣|6034 女装|6041 T恤|0||0|
6033 服饰内衣|6034 女装|6042 风衣|0||0|
6033 服饰内衣|6035 男装|6050 衬衫|0||0|
6033 服饰内衣|6035 男装|6051 牛仔裤|0||0|
6033 服饰内衣|6036 内衣|6060 保暖内衣|0||2|质检报告
6100 鞋靴箱包|6101 女鞋|6110 凉鞋|0||0|
6100 鞋靴箱包|6101 女鞋|6111 靴子|0||0|
6100 鞋靴箱包|6102 箱包|6120 双肩包|0||0|
6200 家居日用|6201 家纺|6210 四件套|0||0|
6200 家居日用|6201 家纺|6211 毛巾|0||0|
6200 家居日用|6202 厨具|6220 炒锅|0||2|质检报告
6200 家居日用|6202 厨具|6221 保温杯|0||1|食品接触材料检验报告
6300 数码家电|6301 手机配件|6310 充电宝|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6300 数码家电|6301 手机配件|6311 手机壳|0||0|
6300 数码家电|6302 小家电|6320 电饭煲|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6300 数码家电|6302 小家电|6321 吹风机|0||1|《国家强制性产品认证证书》（CCC安全认证证书）
6400 母婴|6401 奶粉辅食|6410 婴幼儿奶粉|1|《食品经营许可证》、婴幼儿配方乳粉注册证书|1|产品配方注册证书
6400 母婴|6402 纸尿裤|6420 纸尿裤|1|《消毒产品生产企业卫生许可证》|0|
6600 图书|6601 少儿|6610 绘本|1|《出版物经营许可证》|0|
6600 图书|6602 文学|6620 小说|1|《出版物经营许可证》|0|
6700 珠宝文玩|6701 玉石|6710 翡翠|1|《营业执照》含珠宝玉石经营范围及鉴定证书|1|鉴定证书
6800 医疗器械|6801 家用器械|6810 血压计|1|《第二类医疗器械经营备案凭证》|1|《医疗器械注册证》
"""


@receiver(post_save, sender=Account)
def fill_new(instance: Account, created: bool, **_signal: object) -> None:
    """Fill a new account with the category tree, a promoter, papers submitted long ago and a bank account."""
    if created:
        fill(instance)


def fill(account: Account) -> None:
    _fill_categories()
    if account.access == "open":
        Promoter.objects.get_or_create(
            promoter_id="PROMOTER_1",
            defaults={"promoter_openid": "oPromoter_sandbox_00000000001", "finder_nickname": "茶里的直播间"},
        )
    account.filed = {
        "1": {
            "category_info_list": [
                {
                    "first_category_id": 7419,
                    "first_category_name": "食品饮料",
                    "second_category_id": 7439,
                    "second_category_name": "休闲食品",
                    "certificate_url": [_filed_picture(account, "food-licence")],
                }
            ]
        }
    }
    if account.merchant == "open":  # from the beginning, so it has somewhere to pay out to
        account.bank_account = {
            "bank_account_type": "ACCOUNT_TYPE_BUSINESS",
            "account_bank": "工商银行",
            "bank_address_code": "330100",
            "account_number": "1202020209000012345",
        }
    account.save()


def _fill_categories() -> None:
    rows = []
    for line in _TREE.strip().splitlines():
        first, second, third, need, papers, product_need, product_papers = line.split("|")
        ids, names = zip(*(level.split(" ", 1) for level in (first, second, third)), strict=True)
        rows.append(
            Category(
                first_cat_id=ids[0],
                first_cat_name=names[0],
                second_cat_id=ids[1],
                second_cat_name=names[1],
                third_cat_id=ids[2],
                third_cat_name=names[2],
                qualification_type=need,
                qualification=papers,
                product_qualification_type=product_need,
                product_qualification=product_papers,
            )
        )
    Category.objects.bulk_create(rows, ignore_conflicts=True)


def _filed_picture(account: Account, name: str) -> str:
    link = f"https://mmecimage.cn/p/{account.appid}/{name}"
    Picture.objects.get_or_create(link=link, defaults={"size": 1})
    return link
