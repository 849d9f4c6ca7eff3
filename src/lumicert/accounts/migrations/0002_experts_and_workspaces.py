from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='user', name='accounts_user_role_is_known'),
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('guest', 'guest'), ('shifter', 'shifter'), ('leader', 'shift leader'), ('expert', 'expert'), ('admin', 'administrator')], default='guest', max_length=16),
        ),
        migrations.AddField(
            model_name='user',
            name='workspaces',
            field=models.JSONField(blank=True, default=list),
        ),
        # whoever had a role before there were workspaces had it everywhere
        migrations.RunSQL(
            "UPDATE accounts_user SET workspaces = '[\"*\"]' WHERE role <> 'guest'",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['guest', 'shifter', 'leader', 'expert', 'admin'])), name='accounts_user_role_is_known'),
        ),
    ]
